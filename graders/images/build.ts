import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type Docker from 'dockerode'
import { type BuildStep, buildFolder } from './build-folder.ts'
import { catalogue, type ImageName } from './catalogue.ts'
import type { BuildContext } from './context.ts'
import { ImageError } from './error.ts'
import type { PrepareOptions } from './image.ts'

/**
 * Builds the image and tags it `reference`, labelled with the name and the product that went into it. Resolves with the
 * images of the build's stages.
 */
export async function build(
  docker: Docker,
  name: ImageName,
  reference: string,
  context: BuildContext,
  buildArguments: Record<string, string>,
  o: PrepareOptions,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), `drillbase-${name}-`))
  const onStep = (step: BuildStep) => o.onProgress({ name, state: 'building', ...step })
  try {
    onStep({ step: 'collecting files' })
    await context.assemble(folder)
    // A name of its own: another process may be building the same image.
    const unlabelled = `drillbase/${name}:${randomUUID().slice(0, 12)}`
    const how = { tag: unlabelled, labels: {}, buildArguments, onStep, signal: o.signal }
    const stages = await buildFolder(docker, folder, how)
    const product = await productIn(docker, name, unlabelled)

    // A second, instant build: only now is it known which version the package registry served.
    rmSync(folder, { recursive: true })
    const labelFolder = mkdtempSync(`${folder}-`)
    writeFileSync(join(labelFolder, 'Dockerfile'), `FROM ${unlabelled}\n`)
    const labels = { 'org.drillbase.image': name, 'org.drillbase.product': product }
    await buildFolder(docker, labelFolder, { tag: reference, labels, onStep: () => {}, signal: o.signal }).finally(() =>
      rmSync(labelFolder, { recursive: true }),
    )
    await docker.getImage(unlabelled).remove()
    return stages
  } catch (cause) {
    o.signal?.throwIfAborted()
    throw new ImageError(name, cause instanceof Error ? cause.message : String(cause), { cause })
  } finally {
    rmSync(folder, { recursive: true, force: true })
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
export async function removeOlder(docker: Docker, name: string, keepId: string): Promise<void> {
  const labelled = await docker.listImages({ filters: { label: [`org.drillbase.image=${name}`] } })
  for (const image of labelled) {
    if (image.Id === keepId) continue
    for (const tag of image.RepoTags ?? []) await docker.getImage(tag).remove().catch(ignoreInUse)
  }
}

function ignoreInUse(error: { statusCode?: number }): void {
  if (error.statusCode !== 409 && error.statusCode !== 404) throw error
}
