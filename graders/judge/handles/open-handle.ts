import type { EngineKind } from '../../exercise.ts'
import type { Inventory } from '../../sample.ts'
import type { Reading } from './reading.ts'

/** What the run does with every engine's handle; the handle itself is the suite's. */
export interface OpenHandle {
  readonly kind: EngineKind
  /** What the inspector received in this test. */
  readonly reading: Reading
  /** Once: schema, tables, a first word with the server. */
  setUp(): Promise<void>
  /** Before each test: empty, then seed. */
  reset(): Promise<void>
  resetProxy(): void
  /** After each test: thaws and takes back every fault. */
  heal(): Promise<void>
  /** What is in the engine now, of what the suite's handle may see. */
  inventory(): Promise<Inventory>
  close(): Promise<void>
}
