import type { Language } from '../../exercise.ts'
import { inventoryLimits } from '../../sample.ts'
import { valueText } from '../value-text.ts'

const { cellChars, noteChars } = inventoryLimits

/** Cut where it is too long, with a mark; a NUL, which no store takes, becomes its picture. */
const cut = (text: string, chars: number) => {
  const clean = text.replaceAll('\0', '␀')
  return clean.length > chars ? `${clean.slice(0, chars - 1)}…` : clean
}
export const cellOf = (text: string): string => cut(text, cellChars)
export const noteOf = (text: string): string => cut(text, noteChars)
export const nameOf = (text: string): string => cut(text, 200)

/** Text stands for itself; anything else is written as its learner would write it. */
export function valueCell(value: unknown, language: Language): string | null {
  if (value === undefined) return null
  if (typeof value === 'string') return cellOf(value)
  return cellOf(
    valueText(value, language, cellChars + 1)
      .text.replace(/([[{])\n\s*/g, '$1 ')
      .replace(/\n\s*/g, ' '),
  )
}
