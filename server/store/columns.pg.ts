import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  integer,
  json as jsonText,
  pgTable,
  text,
} from 'drizzle-orm/pg-core'

export { index, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core'

export const table = pgTable
export const words = (name: string) => text(name)
export const count = (name: string) => integer(name)
export const milliseconds = (name: string) => bigint(name, { mode: 'number' })
export const decimal = (name: string) => doublePrecision(name)
export const flag = (name: string) => boolean(name)
/** json and not jsonb, which orders keys anew: a snapshot comes back byte for byte. */
export const json = (name: string) => jsonText(name)
export const sequence = (name: string) => bigserial(name, { mode: 'number' }).primaryKey()
