import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { collections, type Page, type Post, type Request } from './fixture.ts'

const mongo = use.mongodb({
  collections,
  seed: async (db) => {
    const scores = { apple: 9, bread: 7, cheese: 7, dates: 7, eggs: 2 }
    await db
      .collection<Post>('posts')
      .insertMany(
        Object.entries(scores).map(([_id, score]) => ({ _id, tenant: 'kitchen', title: `About ${_id}`, score })),
      )
  },
})

test('sample', async () => {
  const page = (rest: Partial<Request> = {}) =>
    submission.call<Page>('page', mongo.cfg, { tenant: 'kitchen', limit: 2, secret: 'pepper', ...rest })
  const nextOf = (call: Promise<Page>) =>
    call.then(
      ({ next }) => next,
      () => null,
    )
  const first = page()
  await show('the first page', first)
  const second = page({ cursor: await nextOf(first) })
  await show('the second', second)
  await show('the third', page({ cursor: await nextOf(second) }))
  await show('a cursor that somebody made', page({ cursor: 'eyJzY29yZSI6OX0' }))
  await show('the cursor of the kitchen in the garden', page({ cursor: await nextOf(first), tenant: 'garden' }))
  await show('a tenant that is an operator', page({ tenant: { $ne: null } as unknown as string }))
})
