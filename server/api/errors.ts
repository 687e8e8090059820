import { HTTPException } from 'hono/http-exception'
import { StoreError } from '../store/error.ts'
import type { StoreErrorCode } from '../store/store.ts'
import { type ErrorCode, errorStatus } from './contract.ts'

type Field = { path: string; message: string }

/** Thrown where the reason is known; `message` is a sentence for the person who asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly fields: Field[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, more: { fields?: Field[]; retryAfterMs?: number } = {}) {
    super(message)
    this.code = code
    this.fields = more.fields
    this.retryAfterMs = more.retryAfterMs
  }
}

/** The store's codes that an answer may carry; the others mean that something of ours is broken. */
const codeOfStore: Partial<Record<StoreErrorCode, ErrorCode>> = {
  'stale-version': 'stale-version',
  'id-reused': 'id-reused',
  'nothing-to-undo': 'nothing-to-undo',
  'hint-not-next': 'hint-not-next',
  'nothing-to-correct': 'nothing-to-correct',
  'not-found': 'not-found',
  'disk-full': 'disk-full',
}

/** The one place where an error becomes an answer. What is not known goes to `log` and tells the outside nothing. */
export function errorResponse(error: unknown, log: (line: string) => void): Response {
  const known = asApiError(error)
  if (known.code === 'internal') log(`Request failed: ${error instanceof Error ? error.stack : String(error)}`)
  const { code, message, fields, retryAfterMs } = known
  const headers = new Headers()
  if (retryAfterMs !== undefined) headers.set('Retry-After', String(Math.ceil(retryAfterMs / 1000)))
  // The rest of the body is not read, so the connection cannot serve another request.
  if (code === 'too-large') headers.set('Connection', 'close')
  return Response.json({ error: { code, message, fields, retryAfterMs } }, { status: errorStatus[code], headers })
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof StoreError) {
    const code = codeOfStore[error.code]
    if (code) return new ApiError(code, error.message)
  }
  // The validator's own: a body that is no JSON.
  if (error instanceof HTTPException && error.status === 400) return new ApiError('invalid-request', error.message)
  return new ApiError('internal', 'Something broke here. The details are in the log of the server.')
}
