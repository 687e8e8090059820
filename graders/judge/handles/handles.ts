import type { EngineKind } from '../../exercise.ts'

/** What opens the handle of each engine. Loaded when needed: the four drivers together take two thirds of a judge's start. */
const load = {
  postgres: async () => (await import('./postgres.ts')).postgresHandle,
  mongodb: async () => (await import('./mongodb.ts')).mongodbHandle,
  redis: async () => (await import('./redis.ts')).redisHandle,
  dynamodb: async () => (await import('./dynamodb.ts')).dynamodbHandle,
}
type Openers = { [K in EngineKind]: Awaited<ReturnType<(typeof load)[K]>> }

const loaded: Partial<Openers> = {}

/** Before a suite is imported, because it opens its handles without waiting. */
export async function loadHandles(kinds: readonly EngineKind[]): Promise<void> {
  await Promise.all(kinds.map(async (kind) => Object.assign(loaded, { [kind]: await load[kind]() })))
}

/** Throws when the kind was not loaded. */
export function openerOf<K extends EngineKind>(kind: K): Openers[K] {
  const opener = loaded[kind]
  if (!opener) throw new Error(`the handle of ${kind} was not loaded`)
  return opener
}
