import { parseArgs } from 'node:util'
import Docker from 'dockerode'
import { type EngineKind, engineKind, engineKinds, type Language, language, languages } from '../../graders/exercise.ts'
import { prepareImages } from '../../graders/images/images.ts'
import { type BaselineHost, local, localWithEngineUp, usual } from './baselines.ts'
import { median, quantile, table } from './figures.ts'
import { cold, type Timeline, warm } from './ours.ts'
import { startProgram } from './program.ts'
import { sandboxImage } from './sandbox-image.ts'

/**
 * How long a verdict takes, from sending a submission to its final event, beside what the same suite takes without our grader.
 *
 *     npm run bench -- grade [--engine postgres] [--language python] [--count 20] [--baselines 3] [--json]
 *
 * `--count` warm submissions, `--baselines` runs of everything else, for each engine and language. Figures are medians.
 */
export default async function grade(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      engine: { type: 'string' },
      language: { type: 'string' },
      count: { type: 'string', default: '20' },
      baselines: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
    },
  })
  const engines = values.engine === undefined ? engineKinds : [engineKind.parse(values.engine)]
  const chosen = values.language === undefined ? languages : [language.parse(values.language)]
  const docker = new Docker()
  const images = await prepareImages(docker, {
    only: ['gate', 'runner-node', 'runner-python', ...engines],
    onProgress() {},
  })
  const host = { docker, images, sandboxImage: await sandboxImage(docker, images) }
  const rows: Row[] = []
  for (const engine of engines)
    for (const one of chosen)
      rows.push(await measure(host, engine, one, Number(values.count), Number(values.baselines)))
  console.log(values.json ? JSON.stringify({ name: 'grade', rows }, null, 2) : tables(rows))
}

type Row = {
  engine: EngineKind
  language: Language
  count: number
  /** (a) */
  warmMs: { p50: number; p95: number }
  /** (b) */
  coldMs: number
  /** (c) vitest through the kit's local back end, which starts the engine; and with one that is up. Null in Python, whose drivers only the sandbox has. */
  localMs: number | null
  localEngineUpMs: number | null
  /** (d) */
  usualMs: number
  ratios: { toLocal: number | null; toLocalEngineUp: number | null; toUsual: number }
  /** Of the warm ones, medians of each part for itself. */
  timelineMs: Timeline
}

async function measure(
  host: BaselineHost,
  engine: EngineKind,
  language: Language,
  count: number,
  baselines: number,
): Promise<Row> {
  const program = await startProgram()
  const { totals, timeline } = await warm(program, engine, language, count).finally(() => program.stop())
  const repeated = async (one: () => Promise<number>) => {
    const all: number[] = []
    while (all.length < baselines) all.push(await one())
    return median(all)
  }
  const p50 = median(totals)
  const coldMs = await repeated(() => cold(engine, language))
  const isHere = language === 'typescript'
  const localMs = isHere ? await repeated(() => local(engine)) : null
  const localEngineUpMs = isHere ? await repeated(() => localWithEngineUp(host, engine)) : null
  const usualMs = await repeated(() => usual(host, engine, language))
  return {
    engine,
    language,
    count: totals.length,
    warmMs: { p50, p95: quantile(totals, 0.95) },
    coldMs,
    localMs,
    localEngineUpMs,
    usualMs,
    ratios: {
      toLocal: localMs && p50 / localMs,
      toLocalEngineUp: localEngineUpMs && p50 / localEngineUpMs,
      toUsual: p50 / usualMs,
    },
    timelineMs: timeline,
  }
}

const ms = (value: number | null) => value?.toFixed(value < 10 ? 1 : 0) ?? '-'
const ratio = (value: number | null) => value?.toFixed(3) ?? '-'

function tables(rows: Row[]): string {
  const parts = Object.keys(rows[0]?.timelineMs ?? {}) as (keyof Timeline)[]
  return [
    'A verdict, milliseconds from sending to the final event',
    '(c) vitest on the same suite in one process, the engine started or up already; (d) new engine, new sandbox, vitest inside',
    table([
      [
        'engine',
        'language',
        '(a) warm p50',
        'p95',
        '(b) cold',
        '(c) local',
        '(c) up',
        '(d) usual',
        'a/c',
        'a/c up',
        'a/d',
      ],
      ...rows.map((row) => [
        row.engine,
        row.language,
        ...[row.warmMs.p50, row.warmMs.p95, row.coldMs, row.localMs, row.localEngineUpMs, row.usualMs].map(ms),
        ...Object.values(row.ratios).map(ratio),
      ]),
    ]),
    '',
    'Where the time of a warm one goes, medians of each part',
    table([
      ['engine', 'language', ...parts],
      ...rows.map((row) => [row.engine, row.language, ...parts.map((part) => ms(row.timelineMs[part]))]),
    ]),
  ].join('\n')
}
