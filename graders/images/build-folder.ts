import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { follow } from './follow.ts'
import { hostProxies } from './host.ts'

export type BuildStep = { step: string; done?: number; total?: number }
export type FolderBuild = {
  tag: string
  labels: Record<string, string>
  /** Beyond the proxies of this machine. */
  buildArguments?: Record<string, string>
  /** Weight against other containers where processors are scarce; the engine's own is 1024. */
  cpuShares?: number
  /** Runs every step, because what it fetches has changed while the step has not. */
  afresh?: boolean
  onStep(step: BuildStep): void
  signal?: AbortSignal | undefined
}

/**
 * Has the engine build a folder with its Dockerfile. Resolves with the images of its stages, for removeStages() when there
 * is time; rejects with the last lines of the build's output.
 */
export async function buildFolder(docker: Docker, folder: string, o: FolderBuild): Promise<string[]> {
  const tar = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'ignore'] })
  // Read from now on: of a child that has ended Node throws away what nobody reads yet, and a small folder is packed at once.
  const context = tar.stdout.pipe(new PassThrough())
  // The host's network, because an engine that was started without a bridge has no other that reaches a registry.
  const stream = await docker.buildImage(context, {
    t: o.tag,
    labels: o.labels,
    networkmode: 'host',
    buildargs: { ...hostProxies(), ...o.buildArguments },
    forcerm: true,
    nocache: o.afresh ?? false,
    ...(o.cpuShares ? { cpushares: o.cpuShares } : {}),
    ...(o.signal ? { abortSignal: o.signal } : {}),
  })
  const log: string[] = []
  const stages: string[] = []
  let lastImage: string | undefined
  try {
    await follow(stream, (event) => {
      const line = event.stream?.trim()
      if (!line) return
      log.push(line)
      lastImage = line.match(/^---> ([0-9a-f]{12})$/)?.[1] ?? lastImage
      const step = line.match(/^Step (\d+)\/(\d+) : (.*)/)
      if (!step) return
      if (step[3]?.startsWith('FROM ') && lastImage) stages.push(lastImage)
      o.onStep({ step: step[3] ?? '', done: Number(step[1]) - 1, total: Number(step[2]) })
    })
  } catch (cause) {
    throw new Error([...log.slice(-8), cause instanceof Error ? cause.message : cause].join(' · '), { cause })
  }
  return stages
}

/** A stage of a build is an image without a name, which stays and may be ten times as large as the result. */
export async function removeStages(docker: Docker, ids: string[]): Promise<void> {
  // The last one first: it may stand on an earlier one.
  for (const id of ids.toReversed()) {
    const image = docker.getImage(id)
    try {
      const { RepoTags } = await image.inspect()
      if (RepoTags.length === 0) await image.remove()
    } catch (error) {
      // Others stand on it, or somebody has removed it.
      const { statusCode } = error as { statusCode?: number }
      if (statusCode !== 409 && statusCode !== 404) throw error
    }
  }
}
