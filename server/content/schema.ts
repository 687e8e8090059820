import { z } from 'zod'

/** The schemas of section.md's front matter and of cards.yaml. exercise.yaml has its own in graders/exercise.ts. */

export const sectionId = z.string().regex(/^\d+\.\d+$/, 'chapter.section, such as 62.1')
const cardId = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, dots and hyphens')
const markdown = z.string().min(1)

export const sectionMatter = z.strictObject({
  id: sectionId,
  title: z.string().min(1),
  /** Sorts the section within the course. */
  order: z.number().int(),
  prerequisites: z.array(sectionId).default([]),
})
export type SectionMatter = z.infer<typeof sectionMatter>

const common = {
  id: cardId,
  /** Shown after answering: why it is so, in a sentence or three. */
  explanation: markdown.optional(),
  /** Cards and exercises that share a concept are siblings: never adjacent, the second waits for the next day. */
  concept: z.string().optional(),
  source: z.strictObject({ title: z.string().min(1), url: z.url() }),
  /** Where the fact depends on it: "psycopg2 2.9". */
  version: z.string().optional(),
}

export const card = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('basic'), ...common, front: markdown, back: markdown }),
  /** Exactly one deletion, written `{{…}}`; the page shows a gap, then the text. */
  z.strictObject({
    kind: z.literal('cloze'),
    ...common,
    text: markdown.refine((text) => text.match(/\{\{.+?\}\}/g)?.length === 1, 'exactly one deletion {{…}}'),
  }),
  /** The page shuffles the choices. Each wrong choice is a real misconception. */
  z.strictObject({
    kind: z.literal('choice'),
    ...common,
    front: markdown,
    choices: z
      .array(z.strictObject({ text: markdown, correct: z.boolean().default(false), why: markdown.optional() }))
      .min(3)
      .max(5)
      .refine((choices) => choices.filter((choice) => choice.correct).length === 1, 'exactly one correct choice'),
  }),
  /** Compared without regard to case and runs of blanks; `answers` holds everything that a knowing person would type. */
  z.strictObject({ kind: z.literal('typed'), ...common, front: markdown, answers: z.array(z.string().min(1)).min(1) }),
  z.strictObject({
    kind: z.literal('predict'),
    ...common,
    front: markdown.optional(),
    code: z.string().min(1),
    language: z.enum(['python', 'typescript', 'sql', 'redis', 'json', 'text']),
    output: z.string().min(1),
  }),
])
export type Card = z.infer<typeof card>

export const cardsFile = z.strictObject({ section: sectionId, cards: z.array(card).min(1) })
