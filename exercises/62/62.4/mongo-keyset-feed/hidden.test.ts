import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { collections, type Page, type Post, type Request } from './fixture.ts'

const mongo = use.mongodb({ collections })
const posts = () => mongo.inspect.collection<Post>('posts')

type Blog = { tenant: string; secret: string }
const newBlog = (): Blog => ({ tenant: random.name('tenant'), secret: random.text(24) })
/** Few scores, so that there are many ties; and ids in no order. */
const newPost = ({ tenant }: Blog, title = random.text()): Post => ({
  _id: random.name('post'),
  tenant,
  title,
  score: random.int(-2, 3),
})
async function write(blog: Blog, count: number, title?: string): Promise<void> {
  await posts().insertMany(Array.from({ length: count }, () => newPost(blog, title)))
}
const listed = ({ tenant }: Blog) => posts().find({ tenant }).sort({ score: -1, _id: 1 }).toArray()
const idsOf = async (blog: Blog) => (await listed(blog)).map(({ _id }) => _id)

const page = (blog: Blog, limit: number, rest: Partial<Request> = {}): Promise<Page> =>
  submission.call('page', mongo.cfg, { ...blog, limit, ...rest })

/** From the first page to the last, with something happening after each. */
async function walk(blog: Blog, limit: number, between: (page: Page) => Promise<unknown> = async () => {}) {
  const pages: Page[] = []
  let cursor: string | null = null
  do {
    const next = await page(blog, limit, { cursor })
    pages.push(next)
    cursor = next.next
    await between(next)
    expect(pages.length, 'pages').toBeLessThan(100)
  } while (cursor !== null)
  return {
    pages,
    items: pages.flatMap(({ items }) => items),
    ids: pages.flatMap(({ items }) => items.map(({ id }) => id)),
  }
}

test('full_walk_with_many_ties', async () => {
  const [blog, other] = [newBlog(), newBlog()]
  await write(blog, random.int(60, 80))
  await write(other, 20)
  const { items } = await walk(blog, random.int(3, 7))
  expect(items).toEqual((await listed(blog)).map(({ _id, title, score }) => ({ id: _id, title, score })))
})

test('inserts_between_pages_cause_no_repeat_or_skip', async () => {
  const blog = newBlog()
  await write(blog, random.int(40, 50))
  const before = await idsOf(blog)
  const { ids } = await walk(blog, 6, async ({ next }) => {
    // One at the top, some anywhere.
    if (next !== null) await posts().insertMany([{ ...newPost(blog), score: 99 }, newPost(blog)])
  })
  expect(new Set(ids).size, 'each post once').toBe(ids.length)
  const known = new Set(before)
  expect(
    ids.filter((id) => known.has(id)),
    'the posts that were there at first',
  ).toEqual(before)
})

test('changing_the_anchor_is_harmless', async () => {
  const blog = newBlog()
  await write(blog, random.int(30, 40))
  const before = await idsOf(blog)
  let deletes = true
  const { ids } = await walk(blog, 5, async ({ items }) => {
    const anchor = { _id: items.at(-1)?.id as string }
    // The last post of the page goes, or moves to the top.
    if (deletes) await posts().deleteOne(anchor)
    else await posts().updateOne(anchor, { $set: { score: 99 } })
    deletes = !deletes
  })
  expect(ids).toEqual(before)
})

test('exact_multiple_has_no_empty_page', async () => {
  const [blog, limit, full] = [newBlog(), random.int(4, 9), random.int(2, 3)]
  await write(blog, limit * full)
  const { pages } = await walk(blog, limit)
  expect(pages.map(({ items }) => items.length)).toEqual(Array.from({ length: full }, () => limit))
  expect(await page(newBlog(), limit)).toEqual({ items: [], next: null })
})

test('forged_cursors_are_refused', async () => {
  const blog = newBlog()
  await write(blog, 30)
  const { next } = await page(blog, 5)
  const cursor = next as string
  await rejects(page(blog, 5, { cursor, secret: random.text(24) }), 'BAD_CURSOR')

  const altered = (at: number) =>
    cursor.slice(0, at) +
    [...cursor.slice(at, at + 3)].map((one) => (one === 'a' ? 'b' : 'a')).join('') +
    cursor.slice(at + 3)
  const bad = [
    altered(random.int(0, 9)),
    altered(random.int(cursor.length - 20, cursor.length - 8)),
    `x${cursor}`,
    cursor.slice(0, -3),
    cursor.slice(3),
    '',
    'e30.e30',
    random.text(),
    Buffer.from(JSON.stringify({ score: { $gt: -9 }, id: { $ne: '' } })).toString('base64url'),
  ]
  for (const forged of random.shuffle(bad)) await rejects(page(blog, 5, { cursor: forged }), 'BAD_CURSOR')
  expect((await page(blog, 5, { cursor })).items[0]?.id).toBe((await idsOf(blog))[5])
})

test('cursor_of_another_tenant_is_refused', async () => {
  const blog = newBlog()
  const neighbour = { ...newBlog(), secret: blog.secret }
  await Promise.all([write(blog, 20), write(neighbour, 20)])
  const { next } = await page(blog, 5)
  await rejects(page(neighbour, 5, { cursor: next }), 'BAD_CURSOR')
  expect((await page(blog, 5, { cursor: next })).items).toHaveLength(5)
})

test('operators_in_input_are_refused', async () => {
  const blog = newBlog()
  await write(blog, 12)
  const { next } = await page(blog, 5)
  const bad = [
    { tenant: { $ne: null } },
    { tenant: { $gt: '' } },
    { tenant: [blog.tenant] },
    { tenant: null },
    { limit: random.pick([0, -1, 101, 1e9, 1.5]) },
    { limit: '5' },
    { secret: { $exists: true } },
    { cursor: { $gt: '' } },
    { cursor: [next] },
  ]
  for (const fields of random.shuffle(bad)) await rejects(page(blog, 5, fields as never), 'BAD_REQUEST')
  const odd = { ...newBlog(), tenant: random.pick(['$ne', '$$ROOT', 'a.b', '']) }
  await write(odd, 9)
  expect((await walk(odd, 4)).ids).toEqual(await idsOf(odd))
})

test('deep_pages_cost_the_same', async () => {
  const blog = newBlog()
  await write(blog, 400, 'x'.repeat(400))
  await page(blog, 1)
  mongo.proxy.reset()
  const costs: { bytes: number; turns: number }[] = []
  const { ids } = await walk(blog, 25, async () => {
    costs.push({ bytes: mongo.proxy.bytesDown, turns: mongo.proxy.turns })
    mongo.proxy.reset()
  })
  expect(ids).toEqual(await idsOf(blog))
  expect(Math.max(...costs.map(({ bytes }) => bytes)), 'bytes for a page').toBeLessThan(30_000)
  expect(Math.max(...costs.map(({ turns }) => turns)), 'round trips for a page').toBeLessThan(8)
})
