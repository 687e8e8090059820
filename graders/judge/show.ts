import type { Language } from '../exercise.ts'
import { type Inventory, type ShownLine, shownLimits } from '../sample.ts'
import { learnerMessage } from './failure.ts'
import type { Show } from './kit-types.ts'
import { valueText } from './value-text.ts'

/** What a sample tells of itself as it goes. */
export type SampleLog = { shown(line: ShownLine): void; inventory(found: Inventory[]): void }

const { lines: maxLines, labelChars, textChars, totalChars } = shownLimits

/** `show` of one run: at once for a value, when it has settled for a promise. Without a log the suite is not a sample. */
export function createShow(log: SampleLog | null, language: Language): Show {
  let lines = 0
  let chars = 0
  const put = (line: Pick<ShownLine, 'kind' | 'code'> & { label: string; text: string; isCut: boolean }) => {
    const { label, kind, code, isCut } = line
    if (lines >= maxLines || chars >= totalChars) return
    lines++
    const isLast = lines === maxLines
    const room = Math.min(textChars, totalChars - chars)
    const text = isLast ? 'More than can be shown.' : line.text.slice(0, room)
    chars += label.length + text.length
    const truncated = isLast || isCut || text.length < line.text.length
    log?.shown({ label: label.slice(0, labelChars), kind, code: code?.slice(0, 200) ?? null, text, truncated })
  }
  const putValue = (label: string, value: unknown) =>
    put({ label, kind: 'value', code: null, ...valueText(value, language, textChars) })
  const putError = (label: string, error: unknown) => {
    const message = learnerMessage(error)
    // Not the submission's doing: the sample itself is wrong, and ends.
    if (message === null) throw error
    const { code = null, data = null } = error as { code?: string | null; data?: unknown }
    const text = data === null ? message : `${message}\ndata: ${valueText(data, language, textChars).text}`
    put({ label, kind: 'error', code, text, isCut: false })
  }
  return async (label, value) => {
    if (log === null) throw new TypeError('show() belongs into sample.test.ts')
    if (!(value instanceof Promise)) return putValue(label, value)
    await value.then(
      (settled) => putValue(label, settled),
      (error) => putError(label, error),
    )
  }
}
