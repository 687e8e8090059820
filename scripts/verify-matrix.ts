import type { Exercise } from '../graders/exercise.ts'
import type { GradeResult } from '../graders/job.ts'
import { type Row, rowName } from './verify-plan.ts'

const signs = { passed: '.', failed: 'x', 'timed-out': 'T', 'not-run': ' ' } as const

/**
 * Rows are solutions, columns are tests in the order of exercise.yaml: `.` passed, `x` failed, `T` timed out, `!` threw by
 * itself, blank not run. A killer's sign stands in brackets.
 */
export function matrixOf(exercise: Exercise, graded: { row: Row; result: GradeResult }[]): string {
  const width = Math.max(...graded.map(({ row }) => rowName(row).length), 8)
  const columns = exercise.tests.map((_, index) => `${String(index + 1).padStart(2)} `)
  const lines = graded.map(({ row, result }) => {
    const cells = exercise.tests.map(({ name }) => {
      const test = result.tests.find((one) => one.name === name)
      const sign = test?.cause === 'judge' ? '!' : signs[test?.outcome ?? 'not-run']
      return row.killers.includes(name) ? `[${sign}]` : ` ${sign} `
    })
    return `  ${rowName(row).padEnd(width)} ${cells.join('')}  ${result.verdict}, ${Math.round(result.timings.totalMs)} ms`
  })
  const names = exercise.tests.map(({ name }, index) => `  ${String(index + 1).padStart(2)} ${name}`)
  return [exercise.id, `  ${''.padEnd(width)} ${columns.join('')}`, ...lines, ...names].join('\n')
}
