import type { Exercise, Submission } from '../../server/api/contract.ts'
import { type ActiveTime, noTime } from './active-time.ts'
import { read, write } from './storage.ts'

type Language = Submission['language']

/**
 * A draft belongs to one turn of an exercise: when the exercise has been rated, or has become due again, it starts from
 * the blank starter, never from the last answer (else it would be copied, not recalled).
 */
export const turnOf = ({ version, due }: Pick<Exercise, 'version' | 'due'>): string => `${version}${due ? ' due' : ''}`

function readOf<T>(name: string, turn: string): T | null {
  const text = read(name)
  if (text === null) return null
  const stored = JSON.parse(text) as { turn: string; value: T }
  return stored.turn === turn ? stored.value : null
}

const codeName = (exercise: string, language: Language) => `draft.${exercise}.${language}`
export const readDraft = (exercise: string, language: Language, turn: string): string | null =>
  readOf<string>(codeName(exercise, language), turn)
export const writeDraft = (exercise: string, language: Language, turn: string, value: string | null): boolean =>
  write(codeName(exercise, language), value === null ? null : JSON.stringify({ turn, value }))

const timeName = (exercise: string) => `active.${exercise}`
export const readTime = (exercise: string, turn: string): ActiveTime =>
  readOf<ActiveTime>(timeName(exercise), turn) ?? noTime
export const writeTime = (exercise: string, turn: string, value: ActiveTime): boolean =>
  write(timeName(exercise), JSON.stringify({ turn, value }))

/** The submission of this turn, so that a reload shows its result again; an earlier turn's would be a memory aid. */
const sentName = (exercise: string) => `sent.${exercise}`
export const readSent = (exercise: string, turn: string): string | null => readOf<string>(sentName(exercise), turn)
export const writeSent = (exercise: string, turn: string, value: string): boolean =>
  write(sentName(exercise), JSON.stringify({ turn, value }))

/** The language that the learner used last, for exercises that offer it. */
export const readLanguage = (offered: Language[]): Language => {
  const last = read('language') as Language | null
  return (last && offered.includes(last) ? last : offered[0]) ?? 'typescript'
}
export const writeLanguage = (language: Language): boolean => write('language', language)
