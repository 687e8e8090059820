import { type Collection, MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Request = { showId: string; seats: string[]; holder: string; ms: number; requestId: string }
type Answer = { until: Date; replayed: boolean }
type Show = {
  _id: string
  seats: { n: string; holder: string | null; until: Date | null; sold: boolean }[]
  requests: { id: string; until: Date }[]
}

let client: MongoClient | undefined

function showsOf(cfg: Config): Collection<Show> {
  client ??= new MongoClient(cfg.mongo.url)
  return client.db(cfg.mongo.db).collection<Show>('shows')
}

const failure = (code: string) => Object.assign(new Error(code), { code })

export async function hold(cfg: Config, request: Request): Promise<Answer> {
  check(request)
  const { showId, seats, holder, ms, requestId } = request
  const shows = showsOf(cfg)
  const now = new Date()
  const until = new Date(now.getTime() + ms)

  // The filter carries every precondition, the update everything that must happen together: one document, one operation.
  const free = seats.map((n) => ({
    seats: {
      $elemMatch: { n, sold: { $ne: true }, $or: [{ until: null }, { holder }] },
    },
  }))
  const { modifiedCount } = await shows.updateOne(
    { _id: showId, 'requests.id': { $ne: requestId }, $and: free },
    {
      $set: { 'seats.$[seat].holder': holder, 'seats.$[seat].until': until },
      $push: { requests: { id: requestId, until } },
    },
    { arrayFilters: [{ 'seat.n': { $in: seats } }] },
  )
  if (modifiedCount === 1) return { until, replayed: false }

  // Nothing was written. Why not is a question for afterwards, and the answer may be that this request was served before.
  const show = await shows.findOne({ _id: showId }, { projection: { requests: 1 } })
  if (!show) throw failure('NO_SHOW')
  const served = show.requests.find((known) => known.id === requestId)
  if (served) return { until: served.until, replayed: true }
  throw failure('TAKEN')
}

/** Types are checked before a filter is built: an object in place of a string would be an operator. */
function check({ showId, seats, holder, ms, requestId }: Request): void {
  const strings = [showId, holder, requestId, ...(Array.isArray(seats) ? seats : [null])]
  const sound =
    strings.every((value) => typeof value === 'string') &&
    seats.length > 0 &&
    new Set(seats).size === seats.length &&
    Number.isInteger(ms) &&
    ms > 0
  if (!sound) throw failure('BAD_REQUEST')
}

export async function close(): Promise<void> {
  await client?.close()
  client = undefined
}
