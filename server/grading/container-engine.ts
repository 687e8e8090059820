import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'engine.mjs')

/** A line of scripts/engine.mjs. */
export type EngineStep = {
  state: 'checking' | 'installing' | 'starting' | 'ready' | 'unavailable'
  step: string | null
  message: string | null
}

/**
 * Finds, starts or installs a container engine by the set-up's own script, in a process of its own because it is plain
 * JavaScript for older Nodes and may take minutes. Resolves with the last step: ready or unavailable.
 */
export async function ensureContainerEngine(
  onStep: (step: EngineStep) => void,
  signal: AbortSignal,
): Promise<EngineStep> {
  const child = spawn(process.execPath, [script, '--json'], { stdio: ['ignore', 'pipe', 'inherit'], signal })
  // Told by the exit code as well; unheard, an abort would end the process.
  child.on('error', () => {})
  const exited = once(child, 'close').catch(() => [null])
  let last: EngineStep = { state: 'unavailable', step: null, message: 'The search for a container engine broke off.' }
  for await (const line of createInterface({ input: child.stdout })) {
    const step = readStep(line)
    if (!step) continue
    last = step
    onStep(step)
  }
  await exited
  return last.state === 'ready' ? last : { ...last, state: 'unavailable' }
}

function readStep(line: string): EngineStep | null {
  try {
    const { state, step = null, message = null } = JSON.parse(line)
    return { state, step, message }
  } catch {
    // Not one of ours: a tool that it runs wrote to the wrong stream.
    return null
  }
}
