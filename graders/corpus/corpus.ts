import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Language } from '../exercise.ts'
import type { Verdict } from '../verdict.ts'

/**
 * Submissions that want out, more, or a verdict which they have not earned, and honest ones that look odd; with the verdicts
 * that may become of each. More than one only where chance or the machine's load decides which limit is met first.
 * A case that gets what it is after prints GOT IN.
 */
export const corpus: Record<string, Verdict[]> = {
  // What never ends.
  'busy-loop-at-import.ts': ['time-limit'],
  'busy-loop-at-import.py': ['time-limit'],
  'busy-loop-in-call.ts': ['time-limit'],
  'busy-loop-in-call.py': ['time-limit'],
  'never-settles.ts': ['time-limit'],
  'endless-microtasks.ts': ['time-limit'],
  'backtracking-expression.ts': ['time-limit'],
  'ignores-signals.py': ['time-limit'],
  'closes-the-wire.py': ['time-limit'],
  'dripping-frame.ts': ['time-limit'],

  // Output.
  'stdout-flood.ts': ['output-limit'],
  'stderr-flood.py': ['output-limit'],
  'flood-from-a-child.py': ['output-limit'],
  'much-output.ts': ['accepted'],
  'much-output.py': ['accepted'],

  // Ends.
  'exit-at-import.ts': ['runtime-error'],
  'exit-at-import.py': ['runtime-error'],
  'exit-after-answer.ts': ['runtime-error'],
  'exit-after-answer.py': ['runtime-error'],
  'exit-137.py': ['runtime-error'],
  'late-rejection.ts': ['runtime-error'],
  'native-crash.py': ['runtime-error'],
  // The first process of a container cannot be stopped from inside.
  'stops-itself.py': ['wrong-answer'],
  'endless-recursion.ts': ['wrong-answer'],
  'enum.ts': ['compile-error'],
  'unbalanced.py': ['compile-error'],

  // Processes, memory, files.
  'fork-bomb.ts': ['time-limit', 'runtime-error', 'memory-limit'],
  'fork-bomb.py': ['time-limit', 'runtime-error', 'memory-limit'],
  'detached-children.ts': ['accepted'],
  'detached-writer.py': ['protocol-error'],
  'heap.ts': ['memory-limit'],
  'buffers.ts': ['memory-limit'],
  'memory-at-import.py': ['memory-limit'],
  'memory-in-child.py': ['memory-limit'],
  'full-tmpfs.ts': ['accepted'],
  'links-and-pipes.py': ['accepted'],

  // Looking around.
  'looks-for-the-suite.ts': ['accepted'],
  'looks-for-the-suite.py': ['accepted'],
  'network.ts': ['accepted'],
  'socket-families.py': ['accepted'],
  'kernel-doors.py': ['accepted'],
  'closed-engine-port.ts': ['accepted'],

  // The wire and the verdict.
  'forged-answer.ts': ['protocol-error'],
  'early-loaded.py': ['protocol-error'],
  'double-answers.ts': ['protocol-error'],
  'stolen-frames.py': ['protocol-error'],
  'giant-frame.py': ['protocol-error'],
  'bracket-frame.ts': ['protocol-error'],
  'broken-utf8-frame.py': ['protocol-error'],
  'forged-verdict.py': ['wrong-answer'],
  'words-of-the-judge.ts': ['wrong-answer'],
  'words-of-a-deadline.py': ['wrong-answer'],
  'patched-globals.ts': ['accepted'],
  'patched-to-json.ts': ['protocol-error'],
  'patched-promise.ts': ['wrong-answer'],
  'patched-modules.py': ['accepted'],
  'patched-runner.py': ['protocol-error'],

  // Results.
  'always-equal.ts': ['wrong-answer'],
  'always-equal.py': ['wrong-answer'],
  'matcher-data.ts': ['wrong-answer'],
  'getters-and-thenables.ts': ['wrong-answer'],
  'own-proto.ts': ['wrong-answer'],
  'polluted-prototype.py': ['wrong-answer'],
  'huge-result.ts': ['wrong-answer'],
  'huge-result.py': ['wrong-answer'],
  'deep-result.py': ['wrong-answer'],
  'cyclic-result.ts': ['wrong-answer'],
  'broken-text.py': ['wrong-answer'],

  // What is known from elsewhere or kept for later.
  'second-process-refuses.ts': ['wrong-answer', 'runtime-error'],
  'hard-coded.py': ['wrong-answer'],
  'counts-calls.ts': ['wrong-answer'],
  'stash.py': ['accepted'],

  // The engine.
  'background-writer.ts': ['wrong-answer'],
  'admin-logins.ts': ['accepted'],
  'admin-logins.py': ['accepted'],
  'server-side-doors.py': ['accepted'],
  'inspector-traps.ts': ['wrong-answer'],
  'locked-table.py': ['time-limit', 'wrong-answer'],
  'leftover-locks.py': ['accepted'],
  'exhausted-connections.ts': ['accepted', 'wrong-answer', 'time-limit'],
  'exhausted-connections.py': ['accepted', 'wrong-answer', 'time-limit'],
  'engine-memory.py': ['wrong-answer', 'memory-limit'],
  // On a fast disk the engine's temp_file_limit refuses the write before the test's deadline.
  'engine-busy.ts': ['time-limit', 'wrong-answer'],
  'too-much-to-inspect.ts': ['wrong-answer', 'memory-limit', 'time-limit'],

  // Honest.
  'honest-unicode.ts': ['accepted'],
  'honest-idle-pool.ts': ['accepted'],
  'honest-worker.ts': ['accepted'],
  'honest-threads.py': ['accepted'],
  'honest-async.py': ['accepted'],
  'honest-but-slow.py': ['accepted'],
}

/** Run twice in a row, because what it leaves is for its second coming. */
export const comesTwice = new Set(['stash.py'])

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url))
export const exerciseFolder = `${fixtures}exercise`
export const casesFolder = `${fixtures}cases`

export const languageOf = (name: string): Language => (name.endsWith('.py') ? 'python' : 'typescript')

export const reference: Record<Language, string> = {
  typescript: readFileSync(`${exerciseFolder}/reference/solution.ts`, 'utf8'),
  python: readFileSync(`${exerciseFolder}/reference/solution.py`, 'utf8'),
}

/** A case names only what it does wrong; the functions that it lacks are the reference's. */
export function submissionOf(name: string): string {
  const code = readFileSync(`${casesFolder}/${name}`, 'utf8')
  if (languageOf(name) === 'python') return `${reference.python}\n\n${code}`
  const lacks = (block: string) => {
    const own = /^export (?:async )?function (\w+)/.exec(block)?.[1]
    return own === undefined || !new RegExp(`^export (?:async )?(?:function|const) ${own}\\b`, 'm').test(code)
  }
  return `${code}\n${reference.typescript.split('\n\n').filter(lacks).join('\n\n')}`
}
