/** A paper of the collection; who fetches, and what a run answers. */
export type Paper = { _id: string; url: string; enriched?: unknown; attempts?: number; lastError?: string }
export type FetchOne = (id: string, url: string) => Promise<unknown>
export type Options = { collection: string; limit: number; batch: number }
export type Report = { done: number; failed: number }
