import { LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'

/** What is wrong with one file of the content; whoever wrote it must find the place. */
export type ContentProblem = {
  /** As given: the content folder joined with the path inside. */
  file: string
  /** 'cards[3].back', or null when the file as a whole is wrong. */
  field: string | null
  /** Counted from 1. */
  line?: number
  message: string
}

export const problemText = ({ file, line, field, message }: ContentProblem) =>
  `${file}${line === undefined ? '' : `:${line}`}${field === null ? '' : ` ${field}`}: ${message}`

/** A YAML text with the way back from a field to its line. `firstLine` is where the text begins within its file. */
export type YamlSource = { value: unknown; problemAt(path: PropertyKey[], message: string): ContentProblem }

/** Parses YAML of an author. Never throws; what is wrong with the syntax comes back as problems. */
export function readYaml(file: string, text: string, firstLine = 1): YamlSource | { problems: ContentProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line + firstLine - 1
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        file,
        field: null,
        line: lineAt(error.pos[0]),
        message: error.message,
      })),
    }
  }
  return {
    value: document.toJS(),
    problemAt(path, message) {
      // A missing field has no place of its own: the nearest enclosing one that is there.
      for (let depth = path.length; depth >= 0; depth--) {
        const node = document.getIn(path.slice(0, depth), true) as { range?: [number, number, number] } | undefined
        if (node?.range) return { file, field: fieldName(path), line: lineAt(node.range[0]), message }
      }
      return { file, field: fieldName(path), message }
    },
  }
}

/** The value read with a schema, or every reason why not. `under` is the path of the value within the source. */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  source: YamlSource,
  value: unknown = source.value,
  under: PropertyKey[] = [],
): { value: z.output<Schema> } | { problems: ContentProblem[] } {
  const read = schema.safeParse(value)
  if (read.success) return { value: read.data }
  return { problems: read.error.issues.map((issue) => source.problemAt([...under, ...issue.path], issue.message)) }
}

function fieldName(path: PropertyKey[]): string | null {
  if (path.length === 0) return null
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
