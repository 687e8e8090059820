import type { Code } from './course-code.ts'

const printing = /\bprint\(|console\.log\(/
const comment = /(?:^|\s)(?:#|\/\/) (.*)$/

/**
 * What is wrong with what a piece of code printed; null when nothing is. A card has it as its answer. A lesson says it in
 * comments, in the order of printing, each perhaps with a reason behind a comma or a colon; what the code holds as a literal
 * needs none. A comment beside a printing line is a claim, and has to come true.
 */
export function unlikeItsClaims({ of, text, output }: Pick<Code, 'of' | 'text' | 'output'>, printed: string) {
  if (of === 'card')
    return printed.trim() === output?.trim() ? null : `the card says\n${output}\nbut it prints\n${printed}`
  const lines = text.split('\n').map((line) => ({ line, said: comment.exec(line)?.[1] ?? null }))
  const kept = new Set<number>()
  let last = -1
  for (const line of printed.trimEnd().split('\n').filter(Boolean)) {
    const at = lines.findIndex(({ said }, index) => index > last && said !== null && says(said, line))
    if (at >= 0) kept.add(at)
    else if (!isLiteral(text, line)) return `it prints ${line}, and no comment says so`
    last = Math.max(last, at)
  }
  const broken = lines.find(({ line, said }, index) => said !== null && printing.test(line) && !kept.has(index))
  return broken ? `it does not print what this line says:\n${broken.line.trim()}\nbut\n${printed}` : null
}

const says = (said: string, line: string) =>
  said === line || said.startsWith(`${line}, `) || said.startsWith(`${line}: `)
const isLiteral = (text: string, line: string) => ['"', "'"].some((quote) => text.includes(`${quote}${line}${quote}`))
