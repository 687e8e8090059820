import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, until, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Projector, tables } from './fixture.ts'

const table = use.dynamodb({ tables })
const put = (id: string, category: string, amount: number) =>
  table.inspect.doc.send(new PutCommand({ TableName: 'orders', Item: { id, category, amount } }))

test('sample', async () => {
  let handled = 0
  const hooks = {
    beforeCommit: async (records: number) => {
      handled += records
    },
  }
  const start = () =>
    submission.call<Projector>('startProjector', table.cfg, { source: 'orders', view: 'totals', batch: 10 }, hooks)
  /** Until so many records were handled, or it is plain that they will not be. */
  const settled = (count: number) =>
    until(() => handled >= count, 1_500)
      .then(() => handled)
      .catch(() => handled)

  await put('ann-1', 'lamps', 20)
  await put('bob-1', 'lamps', 30)
  const first = start()
  await show(
    'a projector starts, with two orders in the table',
    first.then(() => 'started'),
  )
  await show('records handled', await settled(2))
  await put('bob-1', 'desks', 90)
  await table.inspect.doc.send(new DeleteCommand({ TableName: 'orders', Key: { id: 'ann-1' } }))
  await show('records handled, after Bob took a desk instead and Ann cancelled', await settled(4))
  await show(
    'it stops',
    first.then((projector) => projector.stop()),
  )
  await put('eva-1', 'desks', 70)
  const second = start()
  await show(
    'it starts again, after Eva ordered a desk',
    second.then(() => 'started'),
  )
  await show('records handled', await settled(5))
  await show(
    'it stops',
    second.then((projector) => projector.stop()),
  )
})
