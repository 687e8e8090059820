import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSnapshot } from './snapshot.ts'

/** The course that comes with the program. */
const course = await readSnapshot([join(import.meta.dirname, '../../exercises')])

test('it can be read to the last card', () => {
  expect(course.sections.length).toBeGreaterThan(0)
  expect(course.problems).toEqual([])
})

test('what an exercise trains, a card asks for as well', () => {
  const asked = new Set(course.sections.flatMap(({ cards }) => cards.map(({ concept }) => concept)))
  const exercises = [...course.exerciseById.values()].map(({ exercise }) => exercise)
  const neverAsked = exercises.flatMap(({ id, concepts }) =>
    concepts.filter((concept) => !asked.has(concept)).map((concept) => `${id}: ${concept}`),
  )
  expect(neverAsked).toEqual([])
})
