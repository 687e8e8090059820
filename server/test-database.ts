import { randomUUID } from 'node:crypto'
import pg from 'pg'

/** For tests: an empty database of its own on the PostgreSQL that vitest's set-up started. */
export async function makeDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL
  if (!server) throw new Error('TEST_DATABASE_URL is missing: vitest starts a PostgreSQL and sets it')
  const name = `server_${randomUUID().replaceAll('-', '')}`
  const url = new URL(server)
  url.pathname = `/${name}`
  const run = async (statement: string) => {
    const connection = new pg.Client({ connectionString: server })
    await connection.connect()
    await connection.query(statement)
    await connection.end()
  }
  await run(`create database ${name}`)
  return { url: url.href, drop: () => run(`drop database ${name} with (force)`) }
}
