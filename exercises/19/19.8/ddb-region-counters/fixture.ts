/** The global table, for the hidden suite and the sample: one replica in each Region. */
export const tables = [{ name: 'counters', hash: 'id', range: 'part' }]
export const regions = ['us-east-1', 'eu-west-1'] as const
export type Region = (typeof regions)[number]
