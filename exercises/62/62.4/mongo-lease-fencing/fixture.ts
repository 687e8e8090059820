/** A lease and what it protects, as they are stored. */
export type Lease = { _id: string; owner: string | null; token: string | null; fence: number; until: Date }
export type Resource = { _id: string; fence: number; value: string }
/** What acquire answers. */
export type Held = { fence: number; token: string }
