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

const diskFullCodes = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT', '53100'])
const unwritableCodes = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  '25006',
  '42501',
  'SQLITE_NOTADB',
])
const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  '28P01',
  '28000',
  '3D000',
  '53300',
  // It ends, or the connection broke in the middle of something.
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '08003',
  '08006',
])
/** pg gives a connection that went away no code, only these words. */
const brokenConnection = /^Connection terminated/
const unknownReferenceCodes = new Set(['SQLITE_CONSTRAINT_FOREIGNKEY', '23503'])

/**
 * What a driver or the file system threw, as a StoreError where its code says what happened, else the driver's own error.
 * drizzle's wrapper is taken off, because its message holds the parameters, and with them a learner's code.
 */
export function storeErrorOf(error: unknown, location: string): unknown {
  if (error instanceof StoreError) return error
  const cause = rootOf(error)
  const code = codeOf(cause)
  const reason = cause instanceof Error ? cause.message : String(cause)
  const as = (storeCode: StoreErrorCode, message: string) => new StoreError(storeCode, message, { cause })
  if (diskFullCodes.has(code))
    return as(
      'disk-full',
      `The disk that holds ${location} is full: free some space and try again; nothing was half written`,
    )
  if (unwritableCodes.has(code) || /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code))
    return as(
      'store-unwritable',
      `Cannot write to ${location} (${reason}): make it writable for this user, or choose another DATA_DIR or DATABASE_URL`,
    )
  if (unreachableCodes.has(code) || (cause instanceof Error && brokenConnection.test(cause.message)))
    return as(
      'store-unwritable',
      `Cannot use ${location} (${reason}): check DATABASE_URL and that PostgreSQL is running`,
    )
  if (unknownReferenceCodes.has(code)) return as('not-found', 'There is no such learner, item or submission')
  return cause
}

function rootOf(error: unknown): unknown {
  let root = error
  while (codeOf(root) === '' && root instanceof Error && root.cause !== undefined) root = root.cause
  return root
}

/** The code of a driver's or the file system's error; empty where there is none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

/** Whether the same again may succeed later, once the disk has room or the server is back. */
export const isStoreAway = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === 'disk-full' || error.code === 'store-unwritable')
