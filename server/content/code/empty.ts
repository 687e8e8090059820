import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import type {
  DynamodbAccess,
  EngineAccess,
  MongodbAccess,
  PostgresAccess,
  RedisAccess,
} from '../../../graders/engines/engine.ts'

/** Takes away whatever a piece of code left in an engine. */
export type Emptier = { empty(): Promise<unknown>; close(): Promise<unknown> }

export function emptierOf(access: EngineAccess): Promise<Emptier> {
  switch (access.kind) {
    case 'postgres':
      return ofPostgres(access)
    case 'mongodb':
      return ofMongodb(access)
    case 'redis':
      return ofRedis(access)
    case 'dynamodb':
      return Promise.resolve(ofDynamodb(access))
  }
}

async function ofPostgres({ upstream, database, learner }: PostgresAccess): Promise<Emptier> {
  const client = new pg.Client({ host: upstream, database, ...learner })
  await client.connect()
  const drop = `do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' loop execute format('drop table public.%I cascade', name); end loop;
  end $$`
  return { empty: () => client.query(drop), close: () => client.end() }
}

async function ofMongodb({ upstream, inspector }: MongodbAccess): Promise<Emptier> {
  const { user: username, password, authSource } = inspector
  const client = new MongoClient(`mongodb://${encodeURIComponent(upstream)}/?directConnection=true`, {
    auth: { username, password },
    authSource,
  })
  await client.connect()
  return {
    async empty() {
      const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true })
      for (const { name } of databases)
        if (!['admin', 'config', 'local'].includes(name)) await client.db(name).dropDatabase()
    },
    close: () => client.close(),
  }
}

async function ofRedis({ upstream, inspector }: RedisAccess): Promise<Emptier> {
  const redis = new Redis({ path: upstream, username: inspector.user, password: inspector.password })
  return { empty: () => redis.flushall(), close: () => redis.quit() }
}

function ofDynamodb({ upstream, learner }: DynamodbAccess): Emptier {
  const ask = (region: string, operation: string, body: object) =>
    new Promise<{ TableNames?: string[] }>((resolve, reject) => {
      const asked = request({
        socketPath: upstream,
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `DynamoDB_20120810.${operation}`,
          // The server reads who asks and where, but checks no signature.
          authorization: `AWS4-HMAC-SHA256 Credential=${learner.accessKeyId}/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
        },
      })
      asked.on('error', reject)
      asked.on('response', (answer) => {
        if (answer.statusCode === 200) resolve(json(answer) as Promise<object>)
        else reject(new Error(`${operation}: DynamoDB Local answers ${answer.statusCode}`))
      })
      asked.end(JSON.stringify(body))
    })
  return {
    async empty() {
      for (const region of learner.regions) {
        const { TableNames = [] } = await ask(region, 'ListTables', {})
        for (const TableName of TableNames) await ask(region, 'DeleteTable', { TableName })
      }
    },
    close: async () => {},
  }
}
