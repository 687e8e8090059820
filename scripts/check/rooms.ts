import { extname } from 'node:path'
import type { Import } from './imports.ts'

/** Who may import what. A file belongs to the first room that matches; `may` lists files of ours beyond the room itself. */
type Room = { name: string; holds: RegExp; may: RegExp[] }

const nothing: RegExp[] = []
const rooms: Room[] = [
  { name: 'the scheduler', holds: /^server\/scheduler\//, may: nothing },
  { name: 'the verdict', holds: /^graders\/verdict\.ts$/, may: nothing },
  { name: 'the exercise schema', holds: /^graders\/exercise\.ts$/, may: nothing },
  { name: 'a test in the browser', holds: /^web\/e2e\//, may: [/^(server|graders|web|scripts)\//] },
  { name: 'the page', holds: /^web\//, may: [/^server\/api\/(client|contract)\.ts$/, /^server\/scheduler\//] },
  { name: 'a grader', holds: /^graders\//, may: [/^graders\//] },
  { name: 'the server', holds: /^server\//, may: [/^(server|graders)\//] },
]

const packageRules: { package: RegExp; only: RegExp; why: string }[] = [
  {
    package: /^(drizzle-orm|better-sqlite3|pg-boss)$/,
    only: /^(server\/store\/|server\/grading\/|drizzle\.config)/,
    why: 'only server/store speaks to the store',
  },
  { package: /^drizzle-orm$/, only: /^server\/store\//, why: 'only server/store imports drizzle' },
  { package: /^ts-fsrs$/, only: /^server\/scheduler\/[^/]+$/, why: 'the scheduler alone knows ts-fsrs' },
]

const isTest = (file: string) => /\.test\.tsx?$|(^|\/)test-[^/]*\.ts$/.test(file)

/** Each import that leaves its room, as a sentence. Tests may import any package, and what is theirs alone. */
export function strayImports(imports: Import[]): string[] {
  const found: string[] = []
  for (const { from, to, isPackage } of imports) {
    if (isPackage) {
      if (isTest(from)) continue
      for (const rule of packageRules) {
        if (rule.package.test(to) && !rule.only.test(from)) found.push(`${from} imports ${to}: ${rule.why}`)
      }
      continue
    }
    const room = rooms.find(({ holds }) => holds.test(from))
    if (!room || room.holds.test(to) || extname(to) === '.css') continue
    if (isTest(from) && !/^(web|server\/scheduler)\//.test(from)) continue
    if (!room.may.some((allowed) => allowed.test(to))) found.push(`${from} imports ${to}: not for ${room.name}`)
  }
  const fsrs = new Set(imports.filter(({ to, from }) => to === 'ts-fsrs' && !isTest(from)).map(({ from }) => from))
  if (fsrs.size > 1) found.push(`${[...fsrs].join(' and ')} import ts-fsrs: one file does`)
  return found
}

/** Each circle of imports, once, as its files in order. Types may refer to each other: they are gone at run time. */
export function circles(imports: Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to, isPackage, isTypeOnly } of imports) {
    if (!isPackage && !isTypeOnly) next.set(from, [...(next.get(from) ?? []), to])
  }
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: string[]) => {
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push([...path.slice(start), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const to of next.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of next.keys()) visit(file, [])
  return found
}
