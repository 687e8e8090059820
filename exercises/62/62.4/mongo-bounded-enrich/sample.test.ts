import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import type { FetchOne, Paper, Report } from './fixture.ts'

const mongo = use.mongodb({
  seed: (db) =>
    db.collection<Paper>('papers').insertMany([
      { _id: 'ants', url: 'https://a.example' },
      { _id: 'bees', url: 'https://b.example' },
      { _id: 'cats', url: 'https://c.example', enriched: 'Cats, 12 pages' },
      { _id: 'dogs', url: 'https://d.example' },
    ]),
})

test('sample', async () => {
  const asked: string[] = []
  const enrich = (fetchOne: FetchOne, limit = 2) =>
    submission.call<Report>('enrich', mongo.cfg, { collection: 'papers', limit, batch: 2 }, fetchOne)
  const bookOf: FetchOne = async (id, url) => {
    asked.push(`${id} at ${url}`)
    if (id === 'bees' && asked.length < 4) throw new Error('bees are out')
    return `all about ${id}`
  }
  await show('the first run, where the bees are out', enrich(bookOf))
  await show('the second run', enrich(bookOf))
  await show('what was asked for', asked)
  await show('nobody may work', enrich(bookOf, 0))
})
