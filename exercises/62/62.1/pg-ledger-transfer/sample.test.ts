import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Receipt, type Request, schema } from './fixture.ts'

const bank = use.postgres({
  schema,
  seed: (db) => db.query(`insert into public.accounts values ('ann', 100), ('bob', 20), ('cleo', 9007199254740993)`),
})
const transfer = (request: Request) => submission.call<Receipt>('transfer', bank.cfg, request)

test('sample', async () => {
  const lunch = { from: 'ann', to: 'bob', amount: 5n, key: 'lunch', memo: "Ann's half" }
  await show('Ann pays Bob 5', transfer(lunch))
  await show('the same request again', transfer(lunch))
  await show('its key for another amount', transfer({ ...lunch, amount: 6n }))
  await show('Bob spends more than he has', transfer({ from: 'bob', to: 'ann', amount: 1_000n, key: 'too-much' }))
  await show(
    'Cleo pays Ann what no double can hold',
    transfer({ from: 'cleo', to: 'ann', amount: 9007199254740993n, key: 'all' }),
  )
  await show(
    'both directions at once',
    Promise.all([
      transfer({ from: 'ann', to: 'bob', amount: 1n, key: 'there' }),
      transfer({ from: 'bob', to: 'ann', amount: 1n, key: 'back' }),
    ]),
  )
})
