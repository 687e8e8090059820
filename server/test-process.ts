import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** For tests: the real program as a process of its own, on a free port, with the fixture course beside the real one. */
export type TestProcess = {
  child: ChildProcess
  /** http://127.0.0.1:<port> once it listens; rejects with everything it said when it ends before. */
  address: Promise<string>
  /** What it wrote so far, both streams. */
  output(): string
  /** Exit code, or the signal's name. */
  ended: Promise<number | string>
}

const file = { main: join(import.meta.dirname, 'main.ts'), worker: join(import.meta.dirname, 'worker.ts') }
const course = join(import.meta.dirname, 'content', 'fixtures', 'course')

/** A `worker` by itself never has an address. The program is run by the wrapper's command where there is one. */
export function startProcess(
  environment: Record<string, string>,
  { wrapper = [] as string[], program = 'main' as keyof typeof file } = {},
): TestProcess {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, file[program]]
  const child = spawn(command, rest, {
    env: { ...process.env, DATABASE_URL: '', PORT: '0', CONTENT_DIR: course, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const address = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const found = / is at (http:\S+)/.exec(output)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => reject(new Error(`ended early: ${output}`)))
  })
  // Not every test waits for it.
  address.catch(() => {})
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  return { child, address, output: () => output, ended }
}

/** A changing request as the page sends it. */
export async function post(address: string, path: string, body: unknown = {}): Promise<Response> {
  return fetch(address + path, {
    method: 'POST',
    headers: { Origin: address, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** Asks until the answer fulfils the condition; the test's own deadline ends the wait. */
export async function untilAnswer<T>(address: string, path: string, condition: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = (await (await fetch(address + path)).json()) as T
    if (condition(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
