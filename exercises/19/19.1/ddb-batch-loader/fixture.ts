/** The one table and what the loader gets and answers, for the hidden suite and the sample. */
export const tables = [{ name: 'readings', hash: 'pk', range: 'sk', types: { sk: 'N' as const } }]

export type Item = { pk: string; sk: number } & Record<string, unknown>
export type Report = { written: number; rejected: { pk: string; sk: number }[] }
