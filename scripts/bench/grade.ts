import { parseArgs } from 'node:util'
import { type EngineKind, engineKind, engineKinds, type Language, language, languages } from '../../graders/exercise.ts'
import { median, quantile, table } from './figures.ts'
import { cold, type Timeline, warm } from './ours.ts'
import { startProgram } from './program.ts'

/**
 * How long a verdict takes, from sending a submission to its final event.
 *
 *     npm run bench -- grade [--engine postgres] [--language python] [--count 20] [--json]
 */
export default async function grade(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      engine: { type: 'string' },
      language: { type: 'string' },
      count: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  })
  const engines = values.engine === undefined ? engineKinds : [engineKind.parse(values.engine)]
  const chosen = values.language === undefined ? languages : [language.parse(values.language)]
  const rows: Row[] = []
  const program = await startProgram({ WARM_SANDBOXES: '2' })
  try {
    await program.until(({ grader }) => grader.state === 'ready', 'the graders are ready')
    for (const engine of engines)
      for (const one of chosen) {
        const { totals, timeline } = await warm(program, engine, one, Number(values.count))
        rows.push({
          engine,
          language: one,
          count: totals.length,
          warmMs: { p50: median(totals), p95: quantile(totals, 0.95) },
          timelineMs: timeline,
          coldMs: 0,
        })
      }
  } finally {
    await program.stop()
  }
  for (const row of rows) row.coldMs = await cold(row.engine, row.language)
  console.log(values.json ? JSON.stringify({ name: 'grade', rows }, null, 2) : tables(rows))
}

type Row = {
  engine: EngineKind
  language: Language
  count: number
  warmMs: { p50: number; p95: number }
  coldMs: number
  /** Medians, of each part for itself. */
  timelineMs: Timeline
}

const ms = (value: number) => value.toFixed(value < 10 ? 1 : 0)

function tables(rows: Row[]): string {
  const parts = Object.keys(rows[0]?.timelineMs ?? {}) as (keyof Timeline)[]
  return [
    'A verdict, milliseconds from sending to the final event',
    table([
      ['engine', 'language', 'warm p50', 'p95', 'cold'],
      ...rows.map((row) => [row.engine, row.language, ms(row.warmMs.p50), ms(row.warmMs.p95), ms(row.coldMs)]),
    ]),
    '',
    'Where the time of a warm one goes, medians of each part',
    table([
      ['engine', 'language', ...parts],
      ...rows.map((row) => [row.engine, row.language, ...parts.map((part) => ms(row.timelineMs[part]))]),
    ]),
  ].join('\n')
}
