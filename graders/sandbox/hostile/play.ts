import type { SandboxEvidence } from '../../verdict.ts'
import type { Started } from '../started.ts'

/**
 * For submissions that want out, more, or a verdict they have not earned. What they may do inside is their own affair: each
 * must end when it is told to, leave the right evidence and nothing else.
 */

export const endedByItself = { exitedByItself: true, killedByStranger: false, oomKilled: false, outputLimit: false }
export const killed: SandboxEvidence = {
  exitedByItself: false,
  killedByStranger: false,
  exitCode: 137,
  oomKilled: false,
  outputLimit: false,
}

/** Calls `run`, waits until it has had its way for a while or is gone, ends it, and says what is left as evidence. */
export async function play({ sandbox, session }: Started, graceMs = 500): Promise<SandboxEvidence> {
  const call = session.call('run', [], 'json').catch(() => {})
  const grace = new Promise((resolve) => setTimeout(resolve, graceMs))
  await Promise.race([call.then(() => grace), grace, sandbox.ended])
  await sandbox.kill()
  return sandbox.ended
}
