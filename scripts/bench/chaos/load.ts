import { setTimeout as wait } from 'node:timers/promises'
import type { Verdict } from '../../../graders/verdict.ts'
import { localLearner } from '../../../server/learning/learner.ts'
import type { SubmissionRow } from '../../../server/store/store.ts'
import { addLearner } from '../../../server/store/test-learner.ts'
import { post } from '../../../server/test-process.ts'
import { type Case, cases } from './cases.ts'
import type { Drillbase } from './drillbase.ts'

export type Answered = { verdict: Verdict | SubmissionRow['status']; attempts: number }
type Sent = { id: string; wanted: Case }

/** Learners beside the local one, who has the page; each waits for a verdict and sends the next. */
const others = 4
const final = ['done', 'dead', 'cancelled', 'superseded']

/** Submissions with known verdicts. Only what was accepted counts: a post that failed is sent again under its id. */
export class Load {
  private readonly drillbase: Drillbase
  private readonly sent: Sent[] = []
  private readonly ended = new Map<string, SubmissionRow>()
  private readonly missing = new Set<string>()
  private running: Promise<void>[] = []
  private stopped = false

  constructor(drillbase: Drillbase) {
    this.drillbase = drillbase
  }

  async start(): Promise<void> {
    await localLearner(this.drillbase.store)
    const learners: string[] = []
    for (let n = 0; n < others; n++) learners.push(await addLearner(this.drillbase.place, `learner-${n}`))
    this.running = [
      this.client((sent) => this.overHttp(sent)),
      ...learners.map((learnerId) => this.client((sent) => this.intoStore(sent, learnerId))),
    ]
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all(this.running)
  }

  /** Resolves with how many have not ended by then. */
  async untilAllEnded(ms: number): Promise<number> {
    for (const deadline = Date.now() + ms; ; await wait(500)) {
      for (const { id } of this.sent) await this.look(id)
      const open = this.sent.filter(({ id }) => !this.ended.has(id) && !this.missing.has(id)).length
      if (open === 0 || Date.now() > deadline) return open
    }
  }

  get answered(): Answered[] {
    return [...this.ended.values()].map(({ verdict, status, attempts }) => ({ verdict: verdict ?? status, attempts }))
  }

  get lost(): number {
    return this.missing.size
  }

  get wrong(): string[] {
    return this.sent.flatMap(({ id, wanted }) => {
      const row = this.ended.get(id)
      if (!row || row.verdict === wanted.verdict) return []
      return [
        `${id} ${wanted.name}: ${row.verdict ?? row.status} instead of ${wanted.verdict}, attempt ${row.attempts}: ${JSON.stringify(row.operatorLog).slice(0, 2_000)}`,
      ]
    })
  }

  private async client(send: (sent: Sent) => Promise<boolean>): Promise<void> {
    while (!this.stopped) {
      const wanted = cases[Math.floor(Math.random() * cases.length)] as Case
      const sent = { id: crypto.randomUUID(), wanted }
      if (!(await send(sent))) continue
      this.sent.push(sent)
      while (!this.stopped && !(await this.look(sent.id))) await wait(100)
    }
  }

  /** Whether it is final. A dead letter is not: it is taken up again in the end. */
  private async look(id: string): Promise<boolean> {
    const row = await this.drillbase.store.submissions.get(id)
    if (!row) this.missing.add(id)
    else if (final.includes(row.status)) this.ended.set(id, row)
    else this.ended.delete(id)
    return !row || final.includes(row.status)
  }

  private async overHttp({ id, wanted }: Sent): Promise<boolean> {
    const { exercise, language, code } = wanted
    for (;;) {
      const reply = await post(this.drillbase.address, '/api/submissions', { id, exercise, language, code }).catch(
        () => null,
      )
      if (reply?.status === 202) return true
      if (reply && reply.status < 500) throw new Error(`not accepted: ${await reply.text()}`)
      // Whether it arrived before the server died is not known: then it is not sent again, and not counted.
      if (this.stopped) return (await this.drillbase.store.submissions.get(id)) !== null
      await wait(100)
    }
  }

  private async intoStore({ id, wanted }: Sent, learnerId: string): Promise<boolean> {
    const { exercise: exerciseId, language, code } = wanted
    await this.drillbase.store.submissions.create({
      id,
      learnerId,
      exerciseId,
      language,
      code,
      activeMs: null,
      seed: id,
      createdAt: Date.now(),
    })
    return true
  }
}
