import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { OpenOptions } from '../server/store/open.ts'
import { noon } from '../server/store/test-data.ts'
import { dialects, storeWithLearner } from '../server/store/test-store.ts'

const program = fileURLToPath(new URL('./grading.ts', import.meta.url))

function run({ dataDir, databaseUrl = '' }: OpenOptions, ...args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, DATA_DIR: dataDir, DATABASE_URL: databaseUrl }
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, said: out + err }),
    )
  })
}

describe.each(dialects)('dead letters on %s, beside a process that has the store open', (dialect) => {
  test('they are listed with the reason, and taken up again by name or all', async () => {
    const { store, learnerId, place } = await storeWithLearner(dialect)
    const ids: string[] = []
    for (const exerciseId of ['a', 'b', 'c']) {
      const id = crypto.randomUUID()
      const job = { id, learnerId, exerciseId, language: 'python', code: 'pass', activeMs: null } as const
      await store.submissions.create({ ...job, seed: 'seed', createdAt: noon })
      const { fence } = (await store.submissions.claim(noon, 1_000, null)) ?? expect.fail()
      await store.submissions.bury(id, fence, { incident: 'the disk is full\nat line 1' }, noon + 1)
      ids.push(id)
    }
    const [first, second] = ids as [string, string]
    const list = await run(place, 'dead')
    expect(list.code).toBe(0)
    for (const id of ids) expect(list.said).toContain(id)
    expect(list.said).toContain('a (python), 1 attempts: the disk is full\n')

    expect(await run(place, 'requeue', first)).toMatchObject({ code: 0 })
    expect(await store.submissions.get(first)).toMatchObject({ status: 'queued' })
    expect(await store.submissions.get(second)).toMatchObject({ status: 'dead' })
    expect(await run(place, 'requeue', first)).toMatchObject({ code: 1 })
    expect((await run(place, 'requeue', '--all')).said.match(/waits to be graded/g)).toHaveLength(2)
    expect((await run(place, 'dead')).said).toContain('0 could not be graded')
    expect(await store.submissions.waiting()).toBe(3)
  })
})

test('anything else is answered with what there is', async () => {
  const { code, said } = await run({ dataDir: '/nowhere' }, 'requeue')
  expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining('npm run grading -- requeue --all') })
})
