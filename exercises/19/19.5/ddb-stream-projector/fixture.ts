export const tables = [
  { name: 'orders', hash: 'id', stream: 'NEW_AND_OLD_IMAGES' as const },
  { name: 'totals', hash: 'id' },
]

export type Hooks = {
  beforeCommit?(records: number): unknown
  afterCommit?(sequenceNumber: string): unknown
}
export type Projector = { stop(): Promise<void> }
