import pg from 'pg'
import { expect, test } from 'vitest'

test('the test cluster is a real PostgreSQL that makes databases', async () => {
  const client = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL })
  await client.connect()
  const { rows } = await client.query('show server_version')
  await client.end()
  expect(rows[0].server_version).toMatch(/^18\./)
})

test('the test cluster refuses a wrong password', async () => {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '')
  url.password = 'wrong'
  const client = new pg.Client({ connectionString: url.href })
  await expect(client.connect()).rejects.toMatchObject({ code: '28P01' })
})
