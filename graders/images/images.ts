import type Docker from 'dockerode'
import { build, removeOlder } from './build.ts'
import { catalogue, type ImageName, imageNames } from './catalogue.ts'
import { contextOf } from './context.ts'
import { ImageError } from './error.ts'
import type { PrepareOptions, ResolvedImage } from './image.ts'
import { Parts } from './parts.ts'
import { Registry } from './registry.ts'

export type { ImageName } from './catalogue.ts'
export type { ImageProgress, ResolvedImage } from './image.ts'

// Two cores are the common case, and a build waits for a package registry or the disk about half of its time.
const buildsAtOnce = 2
const essential: ReadonlySet<ImageName> = new Set(['gate', 'runner-node', 'runner-python'])

/**
 * Finds or makes every image. An engine's image that cannot be had is reported as failed and is missing from the map, so
 * that exercises for the others still run.
 * @throws ImageError when a gate or runner image cannot be had, after the others were tried.
 */
export async function prepareImages(docker: Docker, o: PrepareOptions): Promise<Map<ImageName, ResolvedImage>> {
  const wanted = imageNames.filter((name) => o.only?.includes(name) ?? true)
  const registry = new Registry(docker, o.signal)
  const parts = new Parts(docker, registry, o.signal)
  const resolved = new Map<ImageName, ResolvedImage>()
  let failure: ImageError | undefined
  for (const name of wanted) o.onProgress({ name, state: 'waiting' })

  const prepare = async (waiting: ImageName[]) => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      try {
        o.signal?.throwIfAborted()
        const image = await resolve(docker, name, registry, parts, o)
        resolved.set(name, image)
        o.onReady?.(image)
        o.onProgress({ name, state: 'ready', message: `${image.product} (${image.origin})` })
      } catch (cause) {
        const error = cause instanceof ImageError ? cause : new ImageError(name, String(cause), { cause })
        o.onProgress({ name, state: 'failed', message: error.message })
        if (essential.has(name)) failure ??= error
      }
    }
  }
  const inTurn = wanted.filter((name) => name !== 'mongodb')
  const besides = wanted.filter((name) => name === 'mongodb')
  await Promise.all([prepare(besides), ...Array.from({ length: buildsAtOnce }, () => prepare(inTurn))])
  // What stays costs room on the disk and nothing else.
  await parts.close().catch(() => {})
  o.signal?.throwIfAborted()
  if (failure) throw failure
  // In the catalogue's order, not in the one in which they happened to be ready.
  return new Map(
    wanted.flatMap((name) => {
      const image = resolved.get(name)
      return image ? [[name, image] as const] : []
    }),
  )
}

async function resolve(
  docker: Docker,
  name: ImageName,
  registry: Registry,
  parts: Parts,
  o: PrepareOptions,
): Promise<ResolvedImage> {
  const official = await resolveOfficial(docker, name, registry, o)
  if (official) return official

  const { flavour } = catalogue[name].built
  const context = contextOf(name)
  const reference = `drillbase/${name}:${context.hash}`
  let info = await registry.local(reference)
  if (!info) {
    const named = await parts.argumentsFor(name, (step) => o.onProgress({ name, state: 'building', step }))
    parts.leaveBehind(await build(docker, name, reference, context, named, o))
    info = await docker.getImage(reference).inspect()
    await removeOlder(docker, name, info.Id)
  }
  const product = info.Config.Labels?.['org.drillbase.product'] ?? name
  return { name, reference, origin: 'built', product, flavour, sizeBytes: info.Size }
}

async function resolveOfficial(
  docker: Docker,
  name: ImageName,
  registry: Registry,
  o: PrepareOptions,
): Promise<ResolvedImage | undefined> {
  const { official } = catalogue[name]
  if (!official) return undefined
  let info = await registry.local(official.reference)
  if (!info) {
    const report = (step: string) => o.onProgress({ name, state: 'pulling', step })
    if (!(await registry.pull(official.reference, report))) return undefined
    info = await docker.getImage(official.reference).inspect()
  }
  const stated = info.Config.Env?.find((entry) => entry.startsWith(`${official.versionVariable}=`))?.split('=')[1]
  const version = stated?.match(/^[\d.]+/)?.[0] ?? official.reference.split(':')[1]
  const product = `${official.product} ${version}`
  return {
    name,
    reference: official.reference,
    origin: 'official',
    product,
    flavour: official.flavour,
    sizeBytes: info.Size,
  }
}
