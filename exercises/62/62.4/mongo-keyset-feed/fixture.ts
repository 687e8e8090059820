import type { Db } from 'mongodb'

export type Post = { _id: string; tenant: string; title: string; score: number }
export type Request = { tenant: string; limit: number; cursor?: string | null; secret: string }
export type Page = { items: { id: string; title: string; score: number }[]; next: string | null }

/** The index that the list is read along. */
export const makeIndex = (db: Db) => db.collection<Post>('posts').createIndex({ tenant: 1, score: -1, _id: 1 })
