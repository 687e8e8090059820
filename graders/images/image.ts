import type { ImageFlavour, ImageName } from './catalogue.ts'

export type ResolvedImage = {
  name: ImageName
  /** What `docker run` takes. */
  reference: string
  origin: 'official' | 'built'
  /** What a learner reads: "PostgreSQL 17.11", "FerretDB 2.7.0 (MongoDB-compatible)". */
  product: string
  flavour: ImageFlavour
  sizeBytes: number
}
export type ImageProgress = {
  name: ImageName
  state: 'waiting' | 'pulling' | 'building' | 'ready' | 'failed'
  step?: string
  done?: number
  total?: number
  message?: string
}
export type PrepareOptions = {
  /** All images when left out. */
  only?: ImageName[]
  onProgress(progress: ImageProgress): void
  /** As soon as one is there, before the others are. */
  onReady?(image: ResolvedImage): void
  signal?: AbortSignal
}
