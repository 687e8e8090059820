import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import type { OpenOptions } from './open.ts'

/** For tests and benchmarks: another learner beside the local one, who must be there. Gives back the id. */
export async function addLearner({ dataDir, databaseUrl }: OpenOptions, id: string): Promise<string> {
  const statement = `insert into learners (id, name, settings, created_at)
    select '${id}', '${id}', settings, created_at from learners where id = 'local'`
  if (databaseUrl) {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(statement)
    await client.end()
  } else {
    const file = new Sqlite(join(dataDir, 'drillbase.sqlite'))
    file.exec(statement)
    file.close()
  }
  return id
}
