import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Collection, MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Request = { tenant: string; limit: number; cursor?: string | null; secret: string }
type Page = { items: { id: string; title: string; score: number }[]; next: string | null }
type Post = { _id: string; tenant: string; title: string; score: number }
/** Where the last page ended, in the order of the list. */
type Place = { score: number; id: string }

let client: MongoClient | undefined

function postsOf(cfg: Config): Collection<Post> {
  client ??= new MongoClient(cfg.mongo.url)
  return client.db(cfg.mongo.db).collection<Post>('posts')
}

export async function page(cfg: Config, request: Request): Promise<Page> {
  check(request)
  const { tenant, limit, cursor, secret } = request
  const filter = cursor == null ? { tenant } : { tenant, $or: behind(placeOf(cursor, tenant, secret)) }
  // One more than asked for tells whether there is a next page.
  const found = await postsOf(cfg)
    .find(filter, { projection: { title: 1, score: 1 } })
    .sort({ score: -1, _id: 1 })
    .limit(limit + 1)
    .toArray()
  const items = found.slice(0, limit).map(({ _id, title, score }) => ({ id: _id, title, score }))
  const last = items.at(-1)
  return { items, next: last && found.length > limit ? cursorOf(last, tenant, secret) : null }
}

/** The whole order of the list again: a lower score, or the same one and a larger id. */
const behind = ({ score, id }: Place) => [{ score: { $lt: score } }, { score, _id: { $gt: id } }]

function cursorOf({ score, id }: Place, tenant: string, secret: string): string {
  const place = Buffer.from(JSON.stringify({ score, id })).toString('base64url')
  return `${place}.${signatureOf(place, tenant, secret)}`
}

function placeOf(cursor: string, tenant: string, secret: string): Place {
  const [place = '', ...signature] = cursor.split('.')
  const given = Buffer.from(signature.join('.'))
  const wanted = Buffer.from(signatureOf(place, tenant, secret))
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw failure('BAD_CURSOR')
  // Only now may it be read: it is what this program has written.
  return JSON.parse(Buffer.from(place, 'base64url').toString())
}

const signatureOf = (place: string, tenant: string, secret: string) =>
  createHmac('sha256', secret).update(place).digest('base64url')

function check({ tenant, limit, cursor, secret }: Request): void {
  const sound =
    typeof tenant === 'string' &&
    typeof secret === 'string' &&
    (cursor == null || typeof cursor === 'string') &&
    Number.isInteger(limit) &&
    limit >= 1 &&
    limit <= 100
  if (!sound) throw failure('BAD_REQUEST')
}

const failure = (code: string) => Object.assign(new Error(code), { code })

export async function close(): Promise<void> {
  await client?.close()
  client = undefined
}
