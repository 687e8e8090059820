/** The one table and what goes in and comes out, for the hidden suite and the sample. */
export const tables = [{ name: 'feed', hash: 'shard', range: 'sk' }]

export type Event = { id: string; at: number; body: string }
export type Page = { items: Event[]; next: string | null }
