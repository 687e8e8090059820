import type Docker from 'dockerode'
import type { EngineKind } from '../exercise.ts'
import type { ImageName, ResolvedImage } from '../images/images.ts'
import { startDynamodb } from './dynamodb.ts'
import type { Engine } from './engine.ts'
import { startMongodb } from './mongodb.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

export type ImagesByName = ReadonlyMap<ImageName, ResolvedImage>

export type StartOptions = {
  docker: Docker
  images: ImagesByName
  /** Its own; short, because sockets live below it. Removed when the engine stops. */
  folder: string
  labels: Record<string, string>
}

/** Starts a server of this kind; rejects when its image is missing or it does not come up within 30 s. */
export function startEngine(kind: EngineKind, { docker, images, folder, labels }: StartOptions): Promise<Engine> {
  switch (kind) {
    case 'postgres':
      return startPostgres(docker, imageOf(images, kind), folder, labels)
    case 'redis':
      return startRedis(docker, imageOf(images, kind), folder, labels)
    case 'dynamodb':
      return startDynamodb(docker, imageOf(images, kind), folder, labels, imageOf(images, 'gate'))
    case 'mongodb':
      return startMongodb(docker, imageOf(images, kind), folder, labels)
  }
}

export function imageOf(images: ImagesByName, name: ImageName): ResolvedImage {
  const image = images.get(name)
  if (!image) throw new Error(`the image ${name} is not there`)
  return image
}
