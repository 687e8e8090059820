import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Answer, freeSeats, type Request, type Show } from './fixture.ts'

const lapsed = new Date(Date.now() - 60_000)
const mongo = use.mongodb({
  seed: async (db) => {
    const [one, two, three, four] = freeSeats('A', 4)
    await db.collection<Show>('shows').insertOne({
      _id: 'friday',
      seats: [one, { ...two, sold: true }, { ...three, holder: 'zoe', until: lapsed }, four] as Show['seats'],
      requests: [],
    })
  },
})
const hold = (request: Partial<Request>) =>
  submission.call<Answer>('hold', mongo.cfg, { showId: 'friday', ms: 60_000, ...request })

test('sample', async () => {
  const first = { seats: ['A1', 'A3'], holder: 'ann', requestId: 'r1' }
  await show('Ann holds A1 and A3, whose old hold is over', hold(first))
  await show('the same request again', hold(first))
  await show('Bob wants A4 and A1', hold({ seats: ['A4', 'A1'], holder: 'bob', requestId: 'r2' }))
  await show('Bob wants the sold seat', hold({ seats: ['A2'], holder: 'bob', requestId: 'r3' }))
  await show('a seat that is not there', hold({ seats: ['Z9'], holder: 'bob', requestId: 'r4' }))
  await show('no seat at all', hold({ seats: [], holder: 'bob', requestId: 'r5' }))
})
