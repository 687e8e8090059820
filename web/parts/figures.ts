import type { Submission } from '../../server/api/contract.ts'
import { byteWords, durationWords } from './words.ts'

export type Traffic = NonNullable<Submission['traffic'][keyof Submission['traffic']]>
type Kind = Submission['engines'][number]['kind']

/** One figure of an engine, the learner's beside the reference's. `remark` says what a telling difference means. */
export type Figure = { name: string; own: string; reference: string | null; remark: string | null }

/** Less than this many times the reference's figure tells nothing: inputs are random, and drivers differ. */
const telling = 3

const statementWords: Record<Kind, string> = {
  postgres: 'Statements',
  redis: 'Commands',
  mongodb: 'Commands',
  dynamodb: 'Requests',
}
const units = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1))

type Row = {
  name: (kind: Kind) => string
  value: (traffic: Traffic) => number | null
  words: (value: number) => string
  /** So much more it must be at least, in the figure's own unit, before the ratio says anything. */
  least: number
  means?: string
  /** Not remarked on where the row before it was: that one is the reason. */
  follows?: true
}

const rows: Row[] = [
  {
    name: () => 'Connections opened',
    value: ({ connections }) => connections,
    words: String,
    least: 5,
    means: 'Opening one takes longer than most statements. Can a call use one that is open already?',
  },
  { name: () => 'Open at once, at most', value: ({ openAtOnce }) => openAtOnce, words: String, least: 5 },
  {
    name: (kind) => statementWords[kind],
    value: ({ statements }) => statements,
    words: String,
    least: 10,
    means: 'One question a row? Look for what the engine can do in a single one, or for work that is thrown away.',
  },
  {
    name: () => 'Round trips',
    value: ({ roundTrips }) => roundTrips,
    follows: true,
    words: String,
    least: 10,
    means: 'Each one is a wait for the network. What could travel together, in one statement, batch or pipeline?',
  },
  {
    name: () => 'Waiting for it',
    value: ({ waitingMs }) => waitingMs,
    words: durationWords,
    least: 300,
    means: 'Time with a question open: a slow one, many small ones, or a lock that somebody keeps.',
  },
  { name: () => 'Sent', value: ({ bytesUp }) => bytesUp, words: byteWords, least: 20_000 },
  {
    name: () => 'Received',
    value: ({ bytesDown }) => bytesDown,
    words: byteWords,
    least: 20_000,
    means: 'More than is needed comes over the wire. Can the engine choose and cut?',
  },
  {
    name: () => 'Read capacity units',
    value: ({ capacity }) => capacity?.read ?? null,
    words: units,
    least: 5,
    means: 'Reads are paid by what is looked at, not by what is returned.',
  },
  {
    name: () => 'Write capacity units',
    value: ({ capacity }) => capacity?.write ?? null,
    words: units,
    least: 5,
    means: 'Each item written costs by its size, in a transaction twice.',
  },
]

/**
 * What to show of an engine. Without a reference nothing is compared.
 */
export function figuresOf(kind: Kind, own: Traffic, reference: Traffic | null): Figure[] {
  let remarkBefore: string | null = null
  return rows.flatMap((row): Figure[] => {
    const value = row.value(own)
    if (value === null) return []
    const other = reference && row.value(reference)
    const standsOut = other !== null && value >= other * telling && value - other >= row.least
    const remark: string | null = standsOut && !(row.follows && remarkBefore) ? (row.means ?? null) : null
    remarkBefore = remark
    return [
      { name: row.name(kind), own: row.words(value), reference: other === null ? null : row.words(other), remark },
    ]
  })
}

/** A run that was cut short did less than the reference, and is compared with nothing. */
export const isComparable = ({ tests }: Pick<Submission, 'tests'>): boolean =>
  tests.length > 0 && tests.every(({ outcome }) => outcome === 'passed' || outcome === 'failed')
