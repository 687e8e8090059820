import type { Language } from '../exercise.ts'

const maxDepth = 8
const maxEntries = 50
const maxNodes = 2_000
const maxStringChars = 1_000
const maxBytes = 64
const lineChars = 78

/** A value that is written as it stands: a number with more digits than a double, an id. */
export class Verbatim {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const words: Record<Language, { none: string; absent: string; yes: string; no: string; bigint: string }> = {
  typescript: { none: 'null', absent: 'undefined', yes: 'true', no: 'false', bigint: 'n' },
  python: { none: 'None', absent: 'None', yes: 'True', no: 'False', bigint: '' },
}

/**
 * A result as its learner would write it: short ones in a line, longer ones with an entry a line. Instants are ISO 8601,
 * bytes hexadecimal, decimals text, because that is how the judge holds them. Bounded in depth, entries and characters.
 */
export function valueText(value: unknown, language: Language, maxChars: number): { text: string; isCut: boolean } {
  const word = words[language]
  let nodes = 0
  let isCut = false
  const cut = () => {
    isCut = true
    return '…'
  }

  const render = (one: unknown, depth: number): string => {
    if (++nodes > maxNodes) return cut()
    if (one === null) return word.none
    if (one === undefined) return word.absent
    if (typeof one === 'string') return quoted(one)
    if (typeof one === 'boolean') return one ? word.yes : word.no
    if (typeof one === 'bigint') return `${one}${word.bigint}`
    if (typeof one === 'number') return String(one)
    if (typeof one === 'function') return 'function'
    if (one instanceof Verbatim) return one.text
    if (one instanceof Date) return Number.isNaN(one.getTime()) ? 'no valid date' : one.toISOString()
    if (one instanceof Uint8Array) return bytes(one)
    if (one instanceof Error) return `${one.name}: ${quoted(one.message)}`
    if (depth >= maxDepth) return cut()
    if (Array.isArray(one)) return list(one, '[', ']', depth)
    if (one instanceof Set) return list([...one], language === 'python' ? '{' : 'Set {', '}', depth)
    const entries = one instanceof Map ? [...one] : Object.entries(one as object)
    return block(
      entries,
      '{',
      '}',
      ([key, item]) => `${typeof key === 'string' ? name(key) : render(key, depth + 1)}: ${render(item, depth + 1)}`,
    )
  }
  const list = (items: unknown[], open: string, close: string, depth: number) =>
    block(items, open, close, (item) => render(item, depth + 1))

  function block<T>(items: T[], open: string, close: string, text: (item: T) => string): string {
    const parts = items.slice(0, maxEntries).map(text)
    if (items.length > parts.length) {
      isCut = true
      parts.push(`… ${items.length - parts.length} more`)
    }
    if (parts.length === 0) return open + close
    const line = `${open}${open.endsWith('{') ? ' ' : ''}${parts.join(', ')}${close === '}' ? ' ' : ''}${close}`
    if (line.length <= lineChars && !line.includes('\n')) return line
    return `${open}\n${parts.map((part) => `  ${part.replaceAll('\n', '\n  ')}`).join(',\n')}\n${close}`
  }

  const quoted = (text: string) =>
    text.length > maxStringChars ? `${JSON.stringify(text.slice(0, maxStringChars))}${cut()}` : JSON.stringify(text)
  const name = (key: string) => (language === 'typescript' && /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key))
  const bytes = (all: Uint8Array) => {
    const hex = Buffer.from(all.subarray(0, maxBytes)).toString('hex').replace(/../g, ' $&')
    return `bytes(${all.length})${hex}${all.length > maxBytes ? ` ${cut()}` : ''}`
  }

  const text = render(value, 0)
  return { text: text.slice(0, maxChars), isCut: isCut || text.length > maxChars }
}
