import type { CatalogSection } from '../content/section-folder.ts'

/**
 * Ids of the sections whose exercises the queue may offer: at least half of the cards of every prerequisite have been
 * answered once. A prerequisite that the content does not have, or that has no cards, holds nothing back; else a learner
 * with part of the course could never go on. Being locked only keeps an exercise out of the queue: whoever opens it may
 * solve it.
 */
export function unlockedSections(
  sections: readonly CatalogSection[],
  isAnswered: (itemId: string) => boolean,
): Set<string> {
  const begun = new Map<string, boolean>()
  for (const { matter, cards } of sections) {
    const answered = cards.filter(({ face }) => isAnswered(`card:${face.id}`)).length
    begun.set(matter.id, answered * 2 >= cards.length)
  }
  const open = sections.filter(({ matter }) => matter.prerequisites.every((id) => begun.get(id) ?? true))
  return new Set(open.map(({ matter }) => matter.id))
}
