import { random, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import type { Report, User } from './fixture.ts'

type Row = { email: string; name: string }
type Typing = (email: string) => string

const mongo = use.mongodb()
const users = () => mongo.inspect.collection<User>('users')

const ensureIndexes = (by: Submission = submission) => by.call('ensureIndexes', mongo.cfg)
const importUsers = (rows: unknown[], by: Submission = submission) => by.call<Report>('importUsers', mongo.cfg, rows)

const address = () => `${random.name()}@${random.name()}.example`
const newRow = (email = address()): Row => ({ email, name: random.name('name') })
const newRows = (count: number) => Array.from({ length: count }, () => newRow())
/** How others would type an address. Any three of these hold one in capitals and one with blanks around it. */
const typings: Typing[] = [
  (email) => `  ${email}`,
  (email) => `${email}\t`,
  (email) => email.toUpperCase(),
  (email) => ` ${email.toUpperCase()} `,
]
const retyped = ({ email }: Row, typing: Typing): Row => newRow(typing(email))
/** Users that were there before. */
const alreadyStored = (rows: Row[]) =>
  users().insertMany(rows.map(({ email }) => ({ email, emailKey: email, name: 'old' })))
const rising = (numbers: number[]) => numbers.toSorted((a, b) => a - b)
const someOf = (count: number, from: number, to: number) =>
  rising(random.shuffle(Array.from({ length: to - from }, (_, i) => from + i)).slice(0, count))

test('duplicates_inside_the_file_keep_the_first', async () => {
  await ensureIndexes()
  const rows = newRows(random.int(6, 12))
  const [first, second] = [rows[1], rows[3]] as [Row, Row]
  const [one, two, three, four] = random.shuffle(typings) as [Typing, Typing, Typing, Typing]
  rows.push(retyped(first, one), newRow(), retyped(second, two), retyped(first, three))
  const at = rows.length
  expect(await importUsers(rows)).toEqual({ inserted: at - 3, duplicates: [at - 4, at - 2, at - 1], invalid: [] })
  expect(await users().findOne({ emailKey: first.email })).toMatchObject(first)
  expect(await users().findOne({ emailKey: second.email })).toMatchObject(second)

  const typed = retyped(newRow(), four)
  const tidy = typed.email.trim()
  await importUsers([typed])
  const { email } = (await users().findOne({ emailKey: tidy.toLowerCase() })) as User
  expect(email, 'the address is trimmed and otherwise kept').toBe(tidy)
})

test('rows_after_a_duplicate_are_still_inserted', async () => {
  await ensureIndexes()
  const rows = newRows(random.int(30, 50))
  const known = someOf(3, 0, 25)
  await alreadyStored(known.map((at) => rows[at] as Row))
  expect(await importUsers(rows)).toEqual({ inserted: rows.length - 3, duplicates: known, invalid: [] })
  expect(await users().countDocuments()).toBe(rows.length)
  expect(await users().countDocuments({ name: 'old' })).toBe(3)

  const before = await users().find().sort({ emailKey: 1 }).toArray()
  expect(await importUsers(rows)).toEqual({ inserted: 0, duplicates: rows.map((_, at) => at), invalid: [] })
  expect(await users().find().sort({ emailKey: 1 }).toArray()).toEqual(before)
})

test('row_numbers_survive_batches_and_invalid_rows', async () => {
  await ensureIndexes()
  const rows = newRows(1_150)
  const broken = [...someOf(2, 0, 20), ...someOf(2, 500, 600)]
  const known = [...someOf(1, 20, 40), ...someOf(3, 1_050, 1_150)]
  await alreadyStored(known.map((at) => rows[at] as Row))
  for (const at of broken) (rows[at] as Row).email = random.name('nobody')
  expect(await importUsers(rows)).toEqual({ inserted: 1_142, duplicates: known, invalid: broken })
  expect(await users().countDocuments()).toBe(1_146)
})

test('two_importers_at_once', async () => {
  const other = await submission.spawn()
  await ensureIndexes()
  await Promise.all([importUsers(newRows(1)), importUsers(newRows(1), other)])
  const rows = newRows(random.int(20, 30))
  // Slow enough that whoever looks before inserting looks before the other has inserted.
  mongo.proxy.delay(150)
  const [one, two] = await Promise.all([importUsers(rows), importUsers(rows, other)])
  mongo.proxy.delay(0)
  expect(one.inserted + two.inserted).toBe(rows.length)
  expect(rising([...one.duplicates, ...two.duplicates]), 'each row is a duplicate for one of the two').toEqual(
    rows.map((_, at) => at),
  )
  expect(await users().countDocuments()).toBe(rows.length + 2)
})

test('ensure_indexes_is_repeatable_and_enforced', async () => {
  await Promise.all([ensureIndexes(), ensureIndexes(), ensureIndexes()])
  await ensureIndexes()
  const row = newRow()
  await importUsers([row])
  await ensureIndexes()
  const twin = users().insertOne({ email: row.email, emailKey: row.email, name: 'twin' })
  expect(await twin.catch(({ code }) => code), 'what a second user with the same key meets').toBe(11000)
  await users().insertOne({ email: row.email, emailKey: address(), name: row.name })
})

test('hostile_rows_are_reported_not_stored', async () => {
  await ensureIndexes()
  const bad = random.shuffle([
    { ...newRow(), email: { $ne: null } },
    { ...newRow(), email: [address()] },
    { ...newRow(), name: { $set: 1 } },
    { email: address() },
    { name: random.name() },
    newRow(''),
    newRow('@example.org'),
    newRow('ann@'),
    newRow(`ann@bob@${random.name()}`),
    newRow(`ann ann@${random.name()}`),
    null,
    random.int(1, 9),
    address(),
    [],
  ])
  const plain = newRow()
  const odd = { ...newRow(), name: random.text() }
  const rows = [plain, ...bad, { ...odd, _id: 'mine', isAdmin: true }]
  const invalid = bad.map((_, i) => i + 1)
  expect(await importUsers(rows)).toEqual({ inserted: 2, duplicates: [], invalid })
  const stored = await users().find().toArray()
  expect(stored).toHaveLength(2)
  for (const { email, name } of [plain, odd]) {
    const { _id, ...user } = stored.find((one) => one.emailKey === email) as (typeof stored)[number]
    expect(user).toEqual({ email, emailKey: email, name })
    expect(_id).not.toBe('mine')
  }
})

test('few_round_trips', async () => {
  await ensureIndexes()
  await importUsers(newRows(1))
  mongo.proxy.reset()
  const rows = newRows(random.int(250, 300))
  expect(await importUsers(rows)).toMatchObject({ inserted: rows.length })
  expect(mongo.proxy.turns).toBeLessThan(20)
})

test('lost_connection_is_no_report', async () => {
  await ensureIndexes()
  await importUsers(newRows(1))
  const rows = newRows(random.int(20, 40))
  // Every chunk is held for a moment, so that the connection can be cut after the insert and before its answer; long enough
  // to see the rows on a busy machine too.
  mongo.proxy.delay(400)
  const lost = importUsers(rows).then(
    () => 'a report',
    () => 'an error',
  )
  await until(async () => (await users().countDocuments()) > 1, 4_000, 'the first of the rows')
  mongo.proxy.cut()
  mongo.proxy.delay(0)
  expect(await lost, 'what the caller gets when nobody knows how much was stored').toBe('an error')

  const { inserted, duplicates } = await importUsers(rows)
  expect(inserted + duplicates.length).toBe(rows.length)
  expect(await users().countDocuments()).toBe(rows.length + 1)
})
