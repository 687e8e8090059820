export const tables = [{ name: 'products', hash: 'id', stream: 'NEW_AND_OLD_IMAGES' as const }]

export type Event = {
  type: 'created' | 'changed' | 'deleted' | 'expired'
  key: Record<string, unknown>
  after?: Record<string, unknown>
  before?: Record<string, unknown>
  set?: Record<string, unknown>
  removed?: string[]
}
export type Drained = { events: Event[]; position: unknown }
