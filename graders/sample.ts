import { z } from 'zod'
import { engineKind } from './exercise.ts'

/**
 * What a run of the learner's own (sample.test.ts, no hidden test, no verdict) brings back, and how much of it at most. The
 * judge keeps to these limits, the worker checks them, the page shows what is left out.
 */

export const shownLimits = {
  lines: 100,
  labelChars: 200,
  textChars: 4_000,
  /** Over all lines of a run. */
  totalChars: 65_536,
}

/** Of the engines, after the sample and before anything is emptied. */
export const inventoryLimits = {
  tables: 20,
  columns: 24,
  rows: 20,
  cellChars: 400,
  notes: 8,
  noteChars: 400,
  /** Over all cells of a run. */
  totalChars: 262_144,
  /** Beyond so many, rows are said to be more. */
  countedRows: 100_000,
  /** An engine that has not answered by then is shown as such. */
  engineMs: 4_000,
}

/** One line of `show(label, value)`. `code` is the submission's own, of an error that has one. */
export const shownLine = z.object({
  label: z.string().max(shownLimits.labelChars),
  kind: z.enum(['value', 'error']),
  text: z.string().max(shownLimits.textChars),
  code: z.string().max(200).nullable(),
  truncated: z.boolean(),
})
export type ShownLine = z.infer<typeof shownLine>

/** A cell is null where there is nothing: SQL's NULL, a field that this document or item does not have. */
const cell = z.string().max(inventoryLimits.cellChars).nullable()
const note = z.string().max(inventoryLimits.noteChars)

/** A table, collection or list of keys. */
const inventoryTable = z.object({
  name: z.string().max(200),
  /** Rows, documents, items or keys; null where they could not be counted. */
  count: z.number().int().min(0).nullable(),
  /** There are more than `count`: counting stops at a limit. */
  countIsLeast: z.boolean(),
  columns: z
    .array(
      z.object({
        name: z.string().max(200),
        /** As the engine names it; null where documents need not agree. */
        type: z.string().max(100).nullable(),
        isKey: z.boolean(),
      }),
    )
    .max(inventoryLimits.columns),
  moreColumns: z.number().int().min(0),
  rows: z.array(z.array(cell).max(inventoryLimits.columns)).max(inventoryLimits.rows),
  /** Which of these rows were not there, or not like this, before the sample; none where not all rows were read. */
  changed: z.array(z.number().int().min(0)).max(inventoryLimits.rows),
  /** Sentences about it: an index that the submission made, why rows could not be read. */
  notes: z.array(note).max(inventoryLimits.notes),
})
export const inventory = z.object({
  kind: engineKind,
  tables: z.array(inventoryTable).max(inventoryLimits.tables),
  moreTables: z.number().int().min(0),
  /** Of the engine as a whole, such as a transaction that was left open. */
  notes: z.array(note).max(inventoryLimits.notes),
})
export type InventoryTable = z.infer<typeof inventoryTable>
export type Inventory = z.infer<typeof inventory>
