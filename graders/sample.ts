import { z } from 'zod'

/**
 * What a run of the learner's own (sample.test.ts, no hidden test, no verdict) brings back, and how much of it at most. The
 * judge keeps to these limits, the worker checks them, the page shows what is left out.
 */

export const shownLimits = {
  lines: 100,
  labelChars: 200,
  textChars: 4_000,
  /** Over all lines of a run. */
  totalChars: 65_536,
}

/** One line of `show(label, value)`. `code` is the submission's own, of an error that has one. */
export const shownLine = z.object({
  label: z.string().max(shownLimits.labelChars),
  kind: z.enum(['value', 'error']),
  text: z.string().max(shownLimits.textChars),
  code: z.string().max(200).nullable(),
  truncated: z.boolean(),
})
export type ShownLine = z.infer<typeof shownLine>
