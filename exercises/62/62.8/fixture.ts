import pg from 'pg'

/** What the code of this section presupposes. */

const connectionString = process.env.DATABASE_URL

export async function c02(run: (names: { pool: pg.Pool }) => Promise<unknown>) {
  await run({ pool: new pg.Pool({ connectionString }) })
}
export { c02 as c04 }

export async function c06(run: (names: { client: pg.Client }) => Promise<unknown>) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await run({ client })
}

export async function c11(run: (names: { pool: pg.Pool }) => Promise<unknown>) {
  await run({ pool: new pg.Pool({ connectionString, max: 1 }) })
}
