import type { EngineKind, Grants } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'

/**
 * One interface for four servers. An engine runs in a network namespace of its own and is reached through unix sockets in a
 * folder that only the trusted side mounts. It is leased to one submission at a time.
 */
export interface Engine {
  readonly kind: EngineKind
  readonly image: ResolvedImage
  readonly containerId: string
  /**
   * Makes it ready for one submission: a database of its own, a learner's role with these grants, a fresh secret for both
   * sides. Rejects when the engine is doubtful; the caller then throws it away.
   */
  lease(grants: Grants): Promise<EngineAccess>
  /** Takes everything of the lease away. `discard`: it can't be shown to be clean, or this engine is single-use. */
  release(): Promise<'clean' | 'discard'>
  /** Freezes every process of the engine; the caller thaws it. Thawing a running engine is no error. */
  pause(): Promise<void>
  unpause(): Promise<void>
  /** Stops the server hard and starts it again on the same sockets, data and roles kept where the engine keeps data. */
  restart(): Promise<void>
  /** The container's first process is the one that was leased, not frozen, and the OOM killer never struck: the kernel's word, within a millisecond. */
  isUnharmed(): Promise<boolean>
  isHealthy(): Promise<boolean>
  /** What a stranger did to its container, from outside; null when nothing can be told. */
  meddling(): Promise<string | null>
  /** Whether the kernel ever killed one of its processes because its memory was used up. Such an engine is not leased again. */
  ranOutOfMemory(): Promise<boolean>
  /** What its processes hold now. */
  residentBytes(): Promise<number>
  /** Ends it and leaves nothing: container, volume folder, sockets. */
  stop(): Promise<void>
}

export type PostgresAccess = {
  kind: 'postgres'
  flavour: 'postgres'
  product: string
  /** Folder that holds `.s.PGSQL.5432` on this side of the volume; `pg` takes it as host. */
  upstream: string
  database: string
  /** A role that owns the fixtures, may read all statistics and end the learner's backends; never a superuser. */
  inspector: { user: string; password: string }
  learner: { user: string; password: string }
}
export type MongodbAccess = {
  kind: 'mongodb'
  flavour: 'mongo' | 'ferretdb'
  product: string
  /** The unix socket itself. */
  upstream: string
  database: string
  inspector: { user: string; password: string; authSource: string }
  learner: { user: string; password: string; authSource: string }
}
export type RedisAccess = {
  kind: 'redis'
  flavour: 'redis'
  product: string
  upstream: string
  inspector: { user: string; password: string }
  learner: { user: string; password: string }
  /** The learner's user reaches only keys and channels that begin with this; ends in a colon. */
  prefix: string
}
export type DynamodbAccess = {
  kind: 'dynamodb'
  flavour: 'dynamodb-local'
  product: string
  upstream: string
  /** The proxy refuses every other access key and Region. The inspector uses the learner's key: the key is the store's name. */
  learner: { accessKeyId: string; secretAccessKey: string; regions: string[] }
}
/** Plain data: it crosses to the judge's process. */
export type EngineAccess = PostgresAccess | MongodbAccess | RedisAccess | DynamodbAccess

/** The unix socket that a relay dials; a PostgreSQL client takes the folder instead. */
export const socketOf = ({ kind, upstream }: EngineAccess): string =>
  kind === 'postgres' ? `${upstream}/.s.PGSQL.5432` : upstream

/** The port on 127.0.0.1 under which a submission finds an engine: the well-known one, so that cfg looks familiar. */
export const portOf: Record<EngineKind, number> = { postgres: 5432, mongodb: 27017, redis: 6379, dynamodb: 8000 }
