import { randomUUID } from 'node:crypto'
import { type Db, MongoClient, MongoServerError } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Lease = { _id: string; owner: string | null; token: string | null; fence: number; until: Date }
type Resource = { _id: string; fence: number; value: string }

/** What is older than every clock: a lease until then is over. */
const longAgo = new Date(0)

let client: MongoClient | undefined

function databaseOf(cfg: Config): Db {
  client ??= new MongoClient(cfg.mongo.url)
  return client.db(cfg.mongo.db)
}
const leasesOf = (cfg: Config) => databaseOf(cfg).collection<Lease>('leases')

export async function acquire(
  cfg: Config,
  name: string,
  owner: string,
  ms: number,
): Promise<{ fence: number; token: string } | null> {
  check(isText(name), isText(owner), isCount(ms))
  const token = randomUUID()
  const leases = leasesOf(cfg)
  // Where there is no document yet, one whose lease is over. Of several first callers one makes it, and all compete for it.
  const never = { owner: null, token: null, fence: 0, until: longAgo }
  await leases.updateOne({ _id: name }, { $setOnInsert: never }, { upsert: true }).catch(unlessDuplicate)
  const taken = {
    _id: '$_id',
    owner,
    token,
    fence: { $add: ['$fence', 1] },
    until: { $add: ['$$NOW', ms] },
  }
  // One command asks whether the lease is over and takes it, both by the server's clock. A lease that runs stays as it is.
  const change = [{ $replaceWith: { $cond: [{ $lte: ['$until', '$$NOW'] }, taken, '$$ROOT'] } }]
  const lease = await leases.findOneAndUpdate({ _id: name }, change, { returnDocument: 'after' })
  return lease?.token === token ? { fence: lease.fence, token } : null
}

export async function renew(cfg: Config, name: string, token: string, ms: number): Promise<boolean> {
  check(isText(name), isText(token), isCount(ms))
  const { matchedCount } = await leasesOf(cfg).updateOne(running(name, token), [
    { $set: { until: { $add: ['$$NOW', ms] } } },
  ])
  return matchedCount === 1
}

/** The document stays, because it remembers the last fence. */
export async function release(cfg: Config, name: string, token: string): Promise<boolean> {
  check(isText(name), isText(token))
  const { matchedCount } = await leasesOf(cfg).updateOne(running(name, token), {
    $set: { owner: null, token: null, until: longAgo },
  })
  return matchedCount === 1
}

const running = (name: string, token: string) => ({ _id: name, token, $expr: { $gt: ['$until', '$$NOW'] } })

export async function fencedWrite(cfg: Config, id: string, fence: number, value: string): Promise<boolean> {
  check(isText(id), isCount(fence), isText(value))
  const write = (upsert: boolean) =>
    databaseOf(cfg)
      .collection<Resource>('resources')
      .updateOne({ _id: id, fence: { $lte: fence } }, { $set: { fence, value } }, { upsert })
  const written = await write(true).catch(unlessDuplicate)
  if (written) return true
  // The document exists. Its fence is larger, or it was inserted a moment ago by somebody else: the filter knows which.
  return (await write(false)).matchedCount === 1
}

function unlessDuplicate(error: unknown): void {
  if (!(error instanceof MongoServerError) || error.code !== 11000) throw error
}

const isText = (value: unknown) => typeof value === 'string'
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0

/** Types are checked before a filter is built: an object in place of a string would be an operator. */
function check(...sound: boolean[]): void {
  if (!sound.every(Boolean)) throw Object.assign(new Error('BAD_REQUEST'), { code: 'BAD_REQUEST' })
}

export async function close(): Promise<void> {
  await client?.close()
  client = undefined
}
