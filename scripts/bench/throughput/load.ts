import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { engineKinds, extensionOf, type Language, languages } from '../../../graders/exercise.ts'
import type { Verdict } from '../../../graders/verdict.ts'

export type Load = { exercise: string; kind: string; language: Language; code: string; expected: Verdict }

const kinds = [...engineKinds, 'plain'] as const
const exercises = join(import.meta.dirname, '..', 'exercises')

/** What a client sends, in this order and again from the beginning: six of ten are right. */
const round = ['right', 'right', 'wrong', 'right', 'unreadable', 'right', 'right', 'wrong', 'throws', 'right'] as const

/** Cannot be parsed, and breaks while it is loaded, in either language. */
const unreadable = 'this is (no program\n'
const throws: Record<Language, string> = {
  typescript: "throw new Error('while it is loaded')\n",
  python: "raise RuntimeError('while it is loaded')\n",
}

/**
 * Writes a content folder with one exercise a client, a copy of one of the benchmark's under an id of its own, because a
 * learner's newer submission for an exercise takes the place of one that waits. Resolves with what each client sends.
 */
export async function makeLoad(folder: string, clients: number, perClient: number): Promise<Load[][]> {
  const section = join(folder, '98', '98.1')
  await mkdir(section, { recursive: true })
  const matter = 'id: "98.1"\ntitle: Throughput\norder: 9810\nprerequisites: []'
  await writeFile(join(section, 'section.md'), `---\n${matter}\n---\nMade for \`npm run bench -- throughput\`.\n`)
  return Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const kind = kinds[client % kinds.length] ?? 'plain'
      const exercise = `bench-client-${client}`
      const place = join(section, exercise)
      await cp(join(exercises, `${kind}-notes`), place, { recursive: true })
      const yaml = await readFile(join(place, 'exercise.yaml'), 'utf8')
      await writeFile(join(place, 'exercise.yaml'), yaml.replace(/^id: .*$/m, `id: ${exercise}`))
      return Promise.all(
        Array.from({ length: perClient }, async (_, turn) => {
          // Shifted from client to client, so that neither all wrong ones nor all of one language come together.
          const language = languages[(turn + Math.floor(client / kinds.length)) % languages.length] ?? 'typescript'
          const what = round[(turn + 3 * client) % round.length] ?? 'right'
          return { exercise, kind, language, ...(await codeOf(place, language, what)) }
        }),
      )
    }),
  )
}

async function codeOf(
  place: string,
  language: Language,
  what: (typeof round)[number],
): Promise<{ code: string; expected: Verdict }> {
  const file = (which: string) => readFile(join(place, which, `solution.${extensionOf[language]}`), 'utf8')
  if (what === 'right') return { code: await file('reference'), expected: 'accepted' }
  // The starter does nothing, which is an answer.
  if (what === 'wrong') return { code: await file('starter'), expected: 'wrong-answer' }
  if (what === 'unreadable') return { code: unreadable, expected: 'compile-error' }
  return { code: throws[language], expected: 'runtime-error' }
}
