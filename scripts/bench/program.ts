import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Language } from '../../graders/exercise.ts'
import type { Health, Submission, SubmissionEvent } from '../../server/api/contract.ts'
import { post, startProcess } from '../../server/test-process.ts'

const readyMs = 60_000
const pollMs = 20

/** The real program on a temporary DATA_DIR and a free port, with the benchmarks' exercises beside the course. */
export type Program = {
  address: string
  pid: number
  health(): Promise<Health>
  /** Waits, asking; rejects with `what` after a minute. */
  until(condition: (health: Health) => boolean, what: string): Promise<void>
  submit(exercise: string, language: Language, code: string): Promise<Submitted>
  stop(): Promise<void>
}

/** Milliseconds from the moment of sending. */
export type Submitted = { submission: Submission; sentAt: number; acceptedMs: number; seenMs: number }

export async function startProgram(environment: Record<string, string> = {}): Promise<Program> {
  const dataDir = await mkdtemp(join(tmpdir(), 'drillbase-bench-'))
  const started = startProcess({
    DATA_DIR: dataDir,
    CONTENT_DIR: join(import.meta.dirname, '..'),
    ...environment,
  })
  const address = await started.address
  const health = async () => (await (await fetch(`${address}/api/health`)).json()) as Health
  return {
    address,
    pid: started.child.pid ?? 0,
    health,
    async until(condition, what) {
      for (const deadline = Date.now() + readyMs; ; await wait(pollMs)) {
        if (condition(await health())) return
        if (Date.now() > deadline) throw new Error(`${what}: not within ${readyMs} ms\n${started.output()}`)
      }
    },
    submit: (exercise, language, code) => submit(address, { exercise, language, code }),
    async stop() {
      started.child.kill('SIGTERM')
      await started.ended
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Sends, then follows the events to the final one, as the page does. */
async function submit(address: string, request: object): Promise<Submitted> {
  const sentAt = Date.now()
  const began = performance.now()
  const reply = await post(address, '/api/submissions', request)
  const acceptedMs = performance.now() - began
  if (reply.status !== 202) throw new Error(`not accepted: ${await reply.text()}`)
  const { id } = (await reply.json()) as { id: string }
  const stream = await fetch(`${address}/api/submissions/${id}/events`)
  if (!stream.body) throw new Error(`no events: ${stream.status}`)
  let text = ''
  for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: ?(.*)$/m.exec(event)?.[1]
      const parsed = data ? (JSON.parse(data) as SubmissionEvent) : null
      if (parsed?.type === 'final')
        return { submission: parsed.submission, sentAt, acceptedMs, seenMs: performance.now() - began }
    }
  }
  throw new Error('the events ended without a final one')
}
