import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import type { EngineKind, Grants } from '../exercise.ts'
import { type ImageName, prepareImages, type ResolvedImage } from '../images/images.ts'
import { labels } from '../slot/owner.ts'
import type { Engine, EngineAccess } from './engine.ts'
import { startEngine } from './start.ts'

/** For tests: real engines of the images that grading uses. */
export const docker = new Docker()

export const imagesForTest = (only: ImageName[]): Promise<Map<ImageName, ResolvedImage>> =>
  prepareImages(docker, { only, onProgress: () => {} })

export async function startForTest(kind: EngineKind): Promise<Engine> {
  const images = await imagesForTest(['gate', kind])
  const folder = join(tmpdir(), `drillbase-${randomBytes(3).toString('hex')}`)
  return startEngine(kind, { docker, images, folder, labels })
}

/** A lease whose access is known to be of this kind. */
export async function leaseFor<K extends EngineKind>(
  engine: Engine,
  kind: K,
  grants: Grants,
): Promise<Extract<EngineAccess, { kind: K }>> {
  const access = await engine.lease(grants)
  if (access.kind !== kind) throw new Error(`asked for ${kind}, got ${access.kind}`)
  return access as Extract<EngineAccess, { kind: K }>
}
