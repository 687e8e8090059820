import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type Docker from 'dockerode'
import { catalogue, type ImageName } from './catalogue.ts'
import type { BuildContext } from './context.ts'
import { ImageError } from './error.ts'
import { follow } from './follow.ts'
import { hostProxies } from './host.ts'
import type { PrepareOptions } from './image.ts'

/** Builds the image and tags it `reference`, labelled with the name and the product that went into it. */
export async function build(
  docker: Docker,
  name: ImageName,
  reference: string,
  context: BuildContext,
  o: PrepareOptions,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), `drillbase-${name}-`))
  try {
    o.onProgress({ name, state: 'building', step: 'collecting files' })
    await context.assemble(folder)
    const unlabelled = `drillbase/${name}:unlabelled`
    await buildFolder(
      docker,
      folder,
      unlabelled,
      {},
      (step) => o.onProgress({ name, state: 'building', ...step }),
      o.signal,
    )
    const product = await productIn(docker, name, unlabelled)

    // A second, instant build: only now is it known which version the package registry served.
    rmSync(folder, { recursive: true })
    const labelFolder = mkdtempSync(folder)
    writeFileSync(join(labelFolder, 'Dockerfile'), `FROM ${unlabelled}\n`)
    const labels = { 'org.drillbase.image': name, 'org.drillbase.product': product }
    await buildFolder(docker, labelFolder, reference, labels, () => {}, o.signal).finally(() =>
      rmSync(labelFolder, { recursive: true }),
    )
    await docker.getImage(unlabelled).remove()
  } catch (cause) {
    o.signal?.throwIfAborted()
    throw new ImageError(name, cause instanceof Error ? cause.message : String(cause), { cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type BuildStep = { step: string; done?: number; total?: number }

async function buildFolder(
  docker: Docker,
  folder: string,
  tag: string,
  labels: Record<string, string>,
  onStep: (step: BuildStep) => void,
  signal?: AbortSignal,
): Promise<void> {
  const tar = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'ignore'] })
  // The host's network, because an engine that was started without a bridge has no other that reaches a registry.
  const stream = await docker.buildImage(tar.stdout, {
    t: tag,
    labels,
    networkmode: 'host',
    buildargs: hostProxies(),
    forcerm: true,
    ...(signal ? { abortSignal: signal } : {}),
  })
  const log: string[] = []
  try {
    await follow(stream, (event) => {
      const line = event.stream?.trim()
      if (!line) return
      log.push(line)
      const step = line.match(/^Step (\d+)\/(\d+) : (.*)/)
      if (step) onStep({ step: step[3] ?? '', done: Number(step[1]) - 1, total: Number(step[2]) })
    })
  } catch (cause) {
    throw new Error([...log.slice(-8), cause instanceof Error ? cause.message : cause].join(' · '), { cause })
  }
}

async function productIn(docker: Docker, name: ImageName, reference: string): Promise<string> {
  const { versionCommand, version, product } = catalogue[name].built
  let output = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      output += chunk
      done()
    },
  })
  const [, container] = await docker.run(reference, [], sink, {
    Entrypoint: versionCommand,
    Labels: { 'org.drillbase': 'image' },
    HostConfig: { NetworkMode: 'none' },
    Tty: true,
  })
  await container.remove()
  const found = output.match(version)?.[1]
  if (!found) throw new Error(`${versionCommand.join(' ')} names no version: ${output.slice(0, 200)}`)
  return product(found)
}

/** Removes images of ours with this name but another content; those a container still uses stay until the next time. */
export async function removeOlder(docker: Docker, name: ImageName, keepId: string): Promise<void> {
  const labelled = await docker.listImages({ filters: { label: [`org.drillbase.image=${name}`] } })
  for (const image of labelled) {
    if (image.Id === keepId) continue
    for (const tag of image.RepoTags ?? []) await docker.getImage(tag).remove().catch(ignoreInUse)
  }
}

function ignoreInUse(error: { statusCode?: number }): void {
  if (error.statusCode !== 409 && error.statusCode !== 404) throw error
}
