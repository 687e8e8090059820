export type Post = { _id: string; tenant: string; title: string; score: number }
export type Request = { tenant: string; limit: number; cursor?: string | null; secret: string }
export type Page = { items: { id: string; title: string; score: number }[]; next: string | null }

/** With the index that the list is read along. */
export const collections = [{ name: 'posts', indexes: [{ key: { tenant: 1, score: -1, _id: 1 } }] }]
