import * as columns from './columns.pg.ts'
import { type Columns, defineTables } from './tables.ts'

export const { learners, items, states, submissions, events, reviews, hints, runs, references } = defineTables(
  columns as unknown as Columns,
)
