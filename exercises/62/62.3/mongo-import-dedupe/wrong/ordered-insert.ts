import { type Collection, MongoBulkWriteError, MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type User = { email: string; emailKey: string; name: string }
type Report = { inserted: number; duplicates: number[]; invalid: number[] }

const batchSize = 1000
const duplicateKey = 11000

let client: MongoClient | undefined

function usersOf(cfg: Config): Collection<User> {
  client ??= new MongoClient(cfg.mongo.url)
  return client.db(cfg.mongo.db).collection<User>('users')
}

export async function ensureIndexes(cfg: Config): Promise<void> {
  await usersOf(cfg).createIndex({ emailKey: 1 }, { unique: true })
}

export async function importUsers(cfg: Config, rows: unknown[]): Promise<Report> {
  const users = usersOf(cfg)
  const report: Report = { inserted: 0, duplicates: [], invalid: [] }
  const fresh: { row: number; user: User }[] = []
  const seen = new Set<string>()
  for (const [row, value] of rows.entries()) {
    const user = userOf(value)
    if (!user) report.invalid.push(row)
    // "Unordered" promises no order, so which of two rows of this file counts is settled before anything is sent.
    else if (seen.has(user.emailKey)) report.duplicates.push(row)
    else {
      seen.add(user.emailKey)
      fresh.push({ row, user })
    }
  }

  for (let from = 0; from < fresh.length; from += batchSize) {
    const batch = fresh.slice(from, from + batchSize)
    const refused = await insert(
      users,
      batch.map(({ user }) => user),
    )
    report.inserted += batch.length - refused.length
    // The server counts within one call's list; each document remembers the row that it comes from.
    for (const index of refused) report.duplicates.push(batch[index]?.row as number)
  }
  report.duplicates.sort((a, b) => a - b)
  return report
}

/** The positions that the unique index refused. Every other failure is the caller's to hear of. */
async function insert(users: Collection<User>, batch: User[]): Promise<number[]> {
  try {
    await users.insertMany(batch)
    return []
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const failures = [error.writeErrors].flat()
    if (failures.length === 0 || failures.some(({ code }) => code !== duplicateKey)) throw error
    return failures.map(({ index }) => index)
  }
}

/** Only the fields that are meant to be stored, whatever else the row brings along. */
function userOf(row: unknown): User | null {
  const { email, name } = (row ?? {}) as { email?: unknown; name?: unknown }
  if (typeof email !== 'string' || typeof name !== 'string') return null
  const address = email.trim()
  if (!/^[^@\s]+@[^@\s]+$/.test(address)) return null
  return { email: address, emailKey: address.toLowerCase(), name }
}

export async function close(): Promise<void> {
  await client?.close()
  client = undefined
}
