/** The one table and its items, for the hidden suite and the sample. */
export const tables = [{ name: 'sessions', hash: 'user', range: 'id' }]

/** `exp`: Unix time in seconds. */
export type Session = { user: string; id: string; data: string; exp: number }
