/** A stored user, and what an import answers. */
export type User = { email: string; emailKey: string; name: string }
export type Report = { inserted: number; duplicates: number[]; invalid: number[] }
