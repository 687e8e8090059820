import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Language } from '../exercise.ts'
import { encodeFrame, FrameReader, parseFrame } from '../sandbox/frames.ts'
import { serve } from '../sandbox/node/serve.ts'
import type { JudgeHost } from './order.ts'

const runners: Record<Language, string> = {
  typescript: fileURLToPath(new URL('../sandbox/node/start.sh', import.meta.url)),
  python: fileURLToPath(new URL('../sandbox/python/start.sh', import.meta.url)),
}
const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** Faults that need the container engine; without engines nobody asks for them. */
export type EngineFaults = Pick<JudgeHost, 'pauseEngine' | 'unpauseEngine' | 'restartEngine'>

/**
 * Stands in for the worker on a machine without sandboxes: the same runner, as a plain child process with all rights of the
 * user who starts it. For an author's own suites and submissions, never for a learner's. `inThisProcess`: the first one, in
 * TypeScript, is imported here, where nothing can kill or freeze it.
 */
export function openLocalHost(
  language: Language,
  faults: EngineFaults,
  inThisProcess = false,
): JudgeHost & { close(): void; ended(id: string): Promise<number | null>; output(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-local-'))
  const children = new Map<string, ChildProcess>()
  const ends = new Map<string, Promise<number | null>>()
  let output = ''
  let lastId = 0
  const pidOf = (id: string): number => {
    const pid = children.get(id)?.pid
    if (pid === undefined) throw new Error(`no process ${id}`)
    return pid
  }

  return {
    ...faults,
    async openSandbox() {
      const id = `local-${++lastId}`
      const box = join(folder, id)
      mkdirSync(box)
      symlinkSync(packages, join(box, 'node_modules'))
      const socket = join(folder, `${id}.sock`)
      if (inThisProcess && lastId === 1) {
        const server = createServer((connection) => {
          server.close()
          answerHere(box, connection)
        })
        await new Promise<void>((resolve) => server.listen(socket, resolve))
        return { id, socket }
      }
      const process_ = spawn(runners[language], [], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, BOX: box },
        // A group of its own, because signals are for the runner as well as for the shell before it.
        detached: true,
      })
      children.set(id, process_)
      ends.set(id, new Promise((resolve) => process_.once('close', (code) => resolve(code))))
      process_.stderr.on('data', (chunk: Buffer) => {
        output = (output + chunk).slice(-1_048_576)
      })
      // A process that has ended takes nothing more; its end is what the judge sees.
      process_.stdin.on('error', () => {})
      const server = createServer((connection) => {
        server.close()
        connection.on('error', () => {})
        connection.pipe(process_.stdin)
        process_.stdout.pipe(connection)
      })
      await new Promise<void>((resolve) => server.listen(socket, resolve))
      return { id, socket }
    },
    async killSandbox(id) {
      signal(pidOf(id), 'SIGKILL')
      await ends.get(id)
    },
    async pauseSandbox(id) {
      signal(pidOf(id), 'SIGSTOP')
    },
    async unpauseSandbox(id) {
      signal(pidOf(id), 'SIGCONT')
    },
    async sandboxMemoryBytes(id) {
      const shell = pidOf(id)
      const runner = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0]
      const status = readFileSync(`/proc/${runner}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
    },
    ended: (id) => ends.get(id) ?? Promise.resolve(null),
    output: () => output,
    close() {
      for (const { pid } of children.values()) if (pid !== undefined) signal(pid, 'SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** To a process and all that it has started. One that has ended hears nothing. */
function signal(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function answerHere(box: string, connection: Socket): void {
  const frames = new FrameReader()
  const send = (frame: object) => void connection.write(encodeFrame(frame))
  const onFrame = serve(box, send)
  connection.on('error', () => {})
  connection.on('data', (chunk: Buffer) => {
    for (const body of frames.read(chunk)) void onFrame(parseFrame(body) as Parameters<typeof onFrame>[0])
  })
  send({ t: 'ready' })
}
