import * as columns from './columns.sqlite.ts'
import { defineTables } from './tables.ts'

export const { learners, items, states, submissions, events, reviews, hints, runs, references } = defineTables(columns)
