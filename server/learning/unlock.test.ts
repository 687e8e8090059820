import { expect, test } from 'vitest'
import type { CatalogSection } from '../content/section-folder.ts'
import { unlockedSections } from './unlock.ts'

const section = (id: string, prerequisites: string[], cardIds: string[] = []) =>
  ({
    matter: { id, title: id, order: 1, prerequisites },
    lessonHtml: '',
    cards: cardIds.map((cardId) => ({ face: { id: cardId }, concept: null })),
    exercises: [],
  }) as unknown as CatalogSection

const course = [section('1.1', [], ['a', 'b', 'c']), section('1.2', ['1.1'], ['d']), section('1.3', ['1.1', '1.2'])]

test.each([
  ['nothing answered', [], ['1.1']],
  ['less than half of a prerequisite', ['a'], ['1.1']],
  ['half of it or more', ['a', 'b'], ['1.1', '1.2']],
  ['every prerequisite', ['a', 'b', 'd'], ['1.1', '1.2', '1.3']],
  ['only one of two', ['d'], ['1.1']],
])('%s', (_, answered, unlocked) => {
  const ids = new Set(answered.map((id) => `card:${id}`))
  expect([...unlockedSections(course, (id) => ids.has(id))]).toEqual(unlocked)
})

test('what the content does not have, and a section without cards, hold nothing back', () => {
  const part = [section('2.1', []), section('2.2', ['2.1', '9.9'])]
  expect([...unlockedSections(part, () => false)]).toEqual(['2.1', '2.2'])
})
