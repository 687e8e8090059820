/** The one table, and what the function takes, for the hidden suite and the sample. */
export const tables = [{ name: 'jobs', hash: 'id' }]

/** In DynamoDB's own JSON. */
export type Item = Record<string, { S?: string; N?: string }>
export type Options = { maxAttempts: number; baseMs: number; capMs: number; deadlineMs: number }
export type Env = {
  now: () => Promise<number>
  sleep: (ms: number) => Promise<void>
  random: () => Promise<number>
}
