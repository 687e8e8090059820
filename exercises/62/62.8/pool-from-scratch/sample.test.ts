import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Db, type Pool, schema } from './fixture.ts'

const db = use.postgres({ schema })

const value = async (borrowed: Db) => (await borrowed.query('select 6 * $1::int as value', [7]))[0]?.value
const timeout = async (borrowed: Db) => (await borrowed.query(`select current_setting('statement_timeout') as t`))[0]?.t

test('sample', async () => {
  const options = { max: 2, acquireTimeoutMs: 200, idleTimeoutMs: 1_000 }
  const pool = await submission.call<Pool>('createPool', db.cfg, options)
  await show('a borrower asks for 6 times 7', pool.use(value))
  await show('six borrowers at once, two connections', Promise.all(Array.from({ length: 6 }, () => pool.use(value))))
  await show(
    'one sets statement_timeout',
    pool.use(async (borrowed) => {
      await borrowed.query(`select set_config('statement_timeout', '12345', false)`)
      return timeout(borrowed)
    }),
  )
  await show('the next one sees', pool.use(timeout))
  await show('close', pool.close())
  await show('a borrower after close', pool.use(value))
})
