import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { engineKinds } from '../../graders/exercise.ts'
import { median, quantile, table } from './figures.ts'
import { type Program, type Submitted, startProgram } from './program.ts'
import { type Load, makeLoad } from './throughput/load.ts'
import { type Memory, MemoryWatch, type Processor, processor } from './throughput/usage.ts'

/**
 * How many verdicts a minute, when many clients send at once over HTTP to the real program: four engines and none, both
 * languages, right and wrong. Each client waits for its verdict before it sends the next.
 *
 *     npm run bench -- throughput [--count 200] [--clients 20] [--json]
 *
 * All clients are the one local learner, whose submissions are graded one after another. So this is the rate of a chain:
 * the wait of each is that of about as many submissions as there are clients.
 */
export default async function throughput(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      count: { type: 'string', default: '200' },
      clients: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  })
  const clients = Number(values.clients)
  const content = await mkdtemp(join(tmpdir(), 'drillbase-throughput-'))
  try {
    const loads = await makeLoad(content, clients, Math.ceil(Number(values.count) / clients))
    const program = await startProgram({ CONTENT_DIR: content })
    try {
      const result = await measure(program, loads)
      console.log(values.json ? JSON.stringify(result, null, 2) : tables(result))
    } finally {
      await program.stop()
    }
  } finally {
    await rm(content, { recursive: true, force: true })
  }
}

type Finished = { load: Load; run: Submitted }
type Result = {
  name: 'throughput'
  clients: number
  submissions: number
  perMinute: number
  wrongVerdicts: { exercise: string; language: string; expected: string; got: string | null }[]
  waitMs: { p50: number; p95: number; longest: number }
  /** From claim to verdict, medians by what the exercise needs. */
  gradingMs: Record<string, number>
  memory: { idle: Memory; peak: Memory; after: Memory }
  /** Processor seconds a submission. What is neither the program nor the container engine is mostly containers. */
  processorSeconds: Processor
}

async function measure(program: Program, loads: Load[][]): Promise<Result> {
  await program.until(({ grader }) => grader.state === 'ready', 'the graders are ready')
  const watch = new MemoryWatch(program.pid)
  const idle = await watch.now()
  watch.start()
  const before = processor(program.pid)
  const began = performance.now()
  const finished = (await Promise.all(loads.map((own) => client(program, own)))).flat()
  const minutes = (performance.now() - began) / 60_000
  const after = processor(program.pid)
  const peak = await watch.end()
  await program.until(({ grader }) => grader.warm.busySlots === 0, 'every slot is given back')
  const waits = finished.map(({ run }) => run.seenMs)
  const each = (part: keyof Processor) => (after[part] - before[part]) / finished.length
  return {
    name: 'throughput',
    clients: loads.length,
    submissions: finished.length,
    perMinute: finished.length / minutes,
    wrongVerdicts: finished
      .filter(({ load, run }) => run.submission.verdict !== load.expected)
      .map(({ load: { exercise, language, expected }, run }) => ({
        exercise,
        language,
        expected,
        got: run.submission.verdict,
      })),
    waitMs: { p50: median(waits), p95: quantile(waits, 0.95), longest: Math.max(...waits) },
    gradingMs: Object.fromEntries([...engineKinds, 'plain'].map((kind) => [kind, medianGrading(finished, kind)])),
    memory: { idle, peak, after: await watch.now() },
    processorSeconds: {
      machine: each('machine'),
      program: each('program'),
      containerEngine: each('containerEngine'),
    },
  }
}

async function client(program: Program, loads: Load[]): Promise<Finished[]> {
  const finished: Finished[] = []
  for (const load of loads) finished.push({ load, run: await program.submit(load.exercise, load.language, load.code) })
  return finished
}

function medianGrading(finished: Finished[], kind: string): number {
  const own = finished.filter(({ load }) => load.kind === kind)
  return median(own.map(({ run }) => run.submission.timings.totalMs ?? Number.NaN))
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0)

function tables(result: Result): string {
  const { waitMs, memory, processorSeconds, gradingMs } = result
  const row = (when: string, of: Memory) => [
    when,
    '',
    megabytes(of.processesBytes),
    of.processes,
    megabytes(of.containersBytes),
    of.containers,
  ]
  return [
    `${result.submissions} submissions from ${result.clients} clients: ${result.perMinute.toFixed(0)} a minute, ` +
      `${result.wrongVerdicts.length} wrong verdicts`,
    `Wait: p50 ${(waitMs.p50 / 1000).toFixed(1)} s, p95 ${(waitMs.p95 / 1000).toFixed(1)} s, ` +
      `longest ${(waitMs.longest / 1000).toFixed(1)} s`,
    `Grading, median ms: ${Object.entries(gradingMs)
      .map(([kind, ms]) => `${kind} ${ms.toFixed(0)}`)
      .join(', ')}`,
    `Processor seconds a submission: ${processorSeconds.machine.toFixed(2)}, of which the program ` +
      `${processorSeconds.program.toFixed(2)}, the container engine ${processorSeconds.containerEngine.toFixed(2)}`,
    ...result.wrongVerdicts.map(
      ({ exercise, language, expected, got }) => `WRONG ${exercise} ${language}: ${got}, not ${expected}`,
    ),
    '',
    table([
      ['memory', '', 'processes MB', 'number', 'containers MB', 'number'],
      row('idle', memory.idle),
      row('peak', memory.peak),
      row('after', memory.after),
    ]),
  ].join('\n')
}
