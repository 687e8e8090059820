/** What the run does with every engine's handle; the handle itself is the suite's. */
export interface OpenHandle {
  /** Once: schema, tables, a first word with the server. */
  setUp(): Promise<void>
  /** Before each test: empty, then seed. */
  reset(): Promise<void>
  resetProxy(): void
  /** After each test: thaws and takes back every fault. */
  heal(): Promise<void>
  close(): Promise<void>
}
