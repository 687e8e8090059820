/**
 * How a call of the submission can fail. A class each, because a submission chooses its own `code` and could name any of
 * these: whoever must tell them apart asks with `instanceof`.
 */

/** The submission's function threw. Everything in it is the submission's claim, capped. */
export class RemoteError extends Error {
  override readonly name: string
  readonly code: string | null
  readonly data: unknown
  /** Lines of the submission only, such as `transfer (solution.ts:12:5)`, innermost first. */
  readonly trace: string
  constructor(claim: { name: string; message: string; code: string | null; data: unknown; trace: string }) {
    super(claim.message.slice(0, 2_000))
    this.name = claim.name.slice(0, 200)
    this.code = claim.code === null ? null : claim.code.slice(0, 200)
    this.data = claim.data
    this.trace = claim.trace.slice(0, 4_000)
  }
}

/** The runner's stream ended: the process died, was killed, or closed its end. */
export class SandboxExit extends Error {
  override readonly name = 'SandboxExit'
  readonly code = 'SANDBOX_EXIT'
  readonly data = null
  constructor() {
    super('the process of the submission ended')
  }
}

/** A frame that an honest runner never sends. It ends the session. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation'
  readonly code = 'PROTOCOL'
  readonly data = null
}

/** A result that does not have the declared shape. The message is for the learner: where, what was expected, what came. */
export class BadResult extends Error {
  override readonly name = 'BadResult'
  readonly code = 'BAD_RESULT'
  readonly data = null
  constructor(path: string, reason: string) {
    super(`${path}: ${reason}`)
  }
}
