import { type AnyBulkWriteOperation, type Collection, MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Options = { collection: string; limit: number; batch: number }
type FetchOne = (id: string, url: string) => Promise<unknown>
type Paper = { _id: string; url: string; enriched?: unknown; attempts?: number; lastError?: string }

export async function enrich(
  cfg: Config,
  options: Options,
  fetchOne: FetchOne,
): Promise<{ done: number; failed: number }> {
  if (!isCount(options.limit) || !isCount(options.batch))
    throw Object.assign(new Error('BAD_REQUEST'), { code: 'BAD_REQUEST' })
  const client = new MongoClient(cfg.mongo.url)
  try {
    return await enrichAll(client.db(cfg.mongo.db).collection<Paper>(options.collection), options, fetchOne)
  } finally {
    await client.close()
  }
}

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0

async function enrichAll(papers: Collection<Paper>, { limit, batch }: Options, fetchOne: FetchOne) {
  const report = { done: 0, failed: 0 }
  let pending: AnyBulkWriteOperation<Paper>[] = []
  const flush = async () => {
    // Taken out before the await, so that no other task sends the same writes.
    const writes = pending
    pending = []
    if (writes.length > 0) await papers.bulkWrite(writes, { ordered: false })
  }
  const enrichOne = async ({ _id, url }: Paper) => {
    const update = await changeOf(_id, url)
    pending.push({ updateOne: { filter: { _id }, update } })
    if (pending.length >= batch) await flush()
  }
  const changeOf = async (id: string, url: string) => {
    try {
      const enriched = await fetchOne(id, url)
      report.done++
      return { $set: { enriched } }
    } catch (error) {
      report.failed++
      return { $inc: { attempts: 1 }, $set: { lastError: (error as Error).message } }
    }
  }

  // A failed fetch is recorded; what fails here is the database, and that ends the run.
  const failures: unknown[] = []
  const running = new Set<Promise<void>>()
  try {
    const cursor = papers.find({ enriched: { $exists: false } }, { projection: { url: 1 } })
    for (const paper of await cursor.sort({ _id: 1 }).toArray()) {
      const task: Promise<void> = enrichOne(paper)
        .catch((error) => void failures.push(error))
        .finally(() => running.delete(task))
      running.add(task)
      if (running.size === limit) await Promise.race(running)
      if (failures.length > 0) break
    }
  } finally {
    await Promise.all(running)
  }
  if (failures.length > 0) throw failures[0]
  await flush()
  return report
}
