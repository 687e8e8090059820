import type { StoreErrorCode } from './store.ts'

/** The only error the store throws on purpose; `message` is one line for a person and says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
