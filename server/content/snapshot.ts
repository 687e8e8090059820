import { glob, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CatalogExercise } from './exercise-folder.ts'
import type { ContentProblem } from './problem.ts'
import { type CatalogCard, type CatalogSection, readSectionFolder } from './section-folder.ts'

/** A card or exercise as something to schedule. */
export type CatalogItem = {
  id: string
  section: string
  /** Items of one concept are siblings; without a concept an item has none. */
  siblings: string
  concepts: readonly string[]
  /** Place in the course. */
  order: number
} & ({ kind: 'card'; card: CatalogCard } | { kind: 'exercise'; exercise: CatalogExercise })

/** All content at one moment; never changed, replaced as a whole. */
export type Snapshot = {
  /** In course order. */
  sections: CatalogSection[]
  sectionById: Map<string, CatalogSection>
  exerciseById: Map<string, CatalogExercise>
  /** By item id ('card:…', 'exercise:…'), in course order: of each section the cards, then the exercises. */
  items: Map<string, CatalogItem>
  problems: ContentProblem[]
}

export const emptySnapshot = (problems: ContentProblem[] = []): Snapshot => ({
  sections: [],
  sectionById: new Map(),
  exerciseById: new Map(),
  items: new Map(),
  problems,
})

/** Reads every <chapter>/<section>/ of the content folders. Never rejects: what cannot be used is among the problems. */
export async function readSnapshot(contentDirs: string[]): Promise<Snapshot> {
  const problems: ContentProblem[] = []
  const sections: { folder: string; section: CatalogSection }[] = []
  for (const contentDir of contentDirs) {
    for (const folder of await sectionFolders(contentDir, problems)) {
      try {
        const { section, problems: found } = await readSectionFolder(folder)
        problems.push(...found)
        if (section) sections.push({ folder, section })
      } catch (error) {
        problems.push(unreadable(folder, error))
      }
    }
  }
  return inCourseOrder(sections, problems)
}

const unreadable = (file: string, error: unknown): ContentProblem => ({
  file,
  field: null,
  message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`,
})

async function sectionFolders(contentDir: string, problems: ContentProblem[]): Promise<string[]> {
  try {
    await stat(contentDir)
    const files = await Array.fromAsync(glob('*/*/section.md', { cwd: contentDir }))
    return files.sort().map((file) => dirname(join(contentDir, file)))
  } catch (error) {
    problems.push(unreadable(contentDir, error))
    return []
  }
}

/** Of two with one id the first counts: history hangs on ids, so they must be unique over all folders. */
function inCourseOrder(read: { folder: string; section: CatalogSection }[], problems: ContentProblem[]): Snapshot {
  const snapshot = emptySnapshot(problems)
  const { items } = snapshot
  for (const { folder, section } of read.sort((a, b) => a.section.matter.order - b.section.matter.order)) {
    const { id } = section.matter
    const isFree = (taken: boolean, name: string, file: string) => {
      if (taken) problems.push({ file: join(folder, file), field: 'id', message: `${name} is used elsewhere already` })
      return !taken
    }
    if (!isFree(snapshot.sectionById.has(id), id, 'section.md')) continue
    const cards = section.cards.filter(({ face }) => isFree(items.has(`card:${face.id}`), face.id, 'cards.yaml'))
    const exercises = section.exercises.filter(({ exercise, folder }) =>
      isFree(
        items.has(`exercise:${exercise.id}`),
        exercise.id,
        join(folder.slice(folder.lastIndexOf('/') + 1), 'exercise.yaml'),
      ),
    )
    for (const card of cards) {
      const itemId = `card:${card.face.id}`
      const siblings = card.concept === null ? itemId : `concept:${card.concept}`
      const concepts = card.concept === null ? [] : [card.concept]
      items.set(itemId, { id: itemId, section: id, siblings, concepts, order: items.size, kind: 'card', card })
    }
    for (const exercise of exercises) {
      const itemId = `exercise:${exercise.exercise.id}`
      const { concepts } = exercise.exercise
      // Only the first buries: else the cards of three concepts would keep an exercise away for days.
      const siblings = `concept:${concepts[0]}`
      items.set(itemId, { id: itemId, section: id, siblings, concepts, order: items.size, kind: 'exercise', exercise })
      snapshot.exerciseById.set(exercise.exercise.id, exercise)
    }
    const unique = { ...section, cards, exercises }
    snapshot.sections.push(unique)
    snapshot.sectionById.set(id, unique)
  }
  return snapshot
}
