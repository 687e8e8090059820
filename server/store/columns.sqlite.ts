import { customType, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export { index, primaryKey, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const table = sqliteTable
export const words = (name: string) => text(name)
/** Whatever somebody typed, a NUL and half a surrogate pair included: kept with JSON's escapes. */
export const typed = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => JSON.parse(value),
})
export const count = (name: string) => integer(name)
/** Epoch milliseconds, or a duration in milliseconds. */
export const milliseconds = (name: string) => integer(name)
/** A double: what was computed is what is read again, bit for bit. */
export const decimal = (name: string) => real(name)
export const flag = (name: string) => integer(name, { mode: 'boolean' })
export const json = (name: string) => text(name, { mode: 'json' })
/** Numbers rows in the order of their insertion and never uses a number twice. */
export const sequence = (name: string) => integer(name).primaryKey({ autoIncrement: true })
