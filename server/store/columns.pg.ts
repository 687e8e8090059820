import { bigint, bigserial, boolean, customType, doublePrecision, integer, pgTable, text } from 'drizzle-orm/pg-core'

export { index, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core'

export const table = pgTable
export const words = (name: string) => text(name)
export const typed = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => JSON.parse(value),
})
export const count = (name: string) => integer(name)
export const milliseconds = (name: string) => bigint(name, { mode: 'number' })
export const decimal = (name: string) => doublePrecision(name)
export const flag = (name: string) => boolean(name)
/**
 * json and not jsonb, which orders keys anew: a snapshot comes back byte for byte. Not drizzle's own column, which parses a
 * second time what is a string after the driver has parsed it.
 */
export const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => value,
})
export const sequence = (name: string) => bigserial(name, { mode: 'number' }).primaryKey()
