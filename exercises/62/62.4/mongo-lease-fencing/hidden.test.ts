import { random, rejects, type Submission, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import type { Held, Lease, Resource } from './fixture.ts'

const mongo = use.mongodb({ collections: [{ name: 'leases' }, { name: 'resources' }] })
const minute = 60_000

const acquire = (name: string, owner = random.name('owner'), ms = minute, by: Submission = submission) =>
  by.call<Held | null>('acquire', mongo.cfg, name, owner, ms)
const renew = (name: string, token: string, ms = minute, by: Submission = submission) =>
  by.call<boolean>('renew', mongo.cfg, name, token, ms)
const release = (name: string, token: string) => submission.call<boolean>('release', mongo.cfg, name, token)
const fencedWrite = (id: string, fence: number, value: string) =>
  submission.call<boolean>('fencedWrite', mongo.cfg, id, fence, value)

const leases = () => mongo.inspect.collection<Lease>('leases')
const stored = async (name: string) => (await leases().findOne({ _id: name })) as Lease
const resource = (id: string) => mongo.inspect.collection<Resource>('resources').findOne({ _id: id })

async function held(call: Promise<Held | null>): Promise<Held> {
  const lease = await call
  expect(lease, 'a lease that nobody has').not.toBeNull()
  return lease as Held
}

/** Puts the end of a lease into the past, as time would. */
async function lapse(name: string): Promise<void> {
  const { matchedCount } = await leases().updateOne({ _id: name }, { $set: { until: new Date(Date.now() - minute) } })
  expect(matchedCount, `a document of leases with the _id ${name}`).toBe(1)
}

test('only_one_of_many_gets_it', async () => {
  const other = await submission.spawn()
  const contest = async (name: string) => {
    const owners = Array.from({ length: 12 }, () => random.name('owner'))
    const answers = await Promise.all(
      owners.map((owner, i) => acquire(name, owner, minute, i % 2 ? submission : other)),
    )
    const winners = answers.flatMap((lease, i) => (lease ? [{ ...lease, owner: owners[i] }] : []))
    expect(winners).toHaveLength(1)
    expect(await stored(name)).toMatchObject(winners[0] as object)
    return winners[0] as Held
  }
  // Opens the connections as well, so that in the second one all set out together.
  await contest(random.name('lease'))
  const abandoned = { _id: random.name('lease'), owner: 'gone', token: random.name(), fence: random.int(3, 90) }
  await leases().insertOne({ ...abandoned, until: new Date(Date.now() - minute) })
  // Slow enough that whoever looks before writing looks before the others have written.
  mongo.proxy.delay(30)
  expect((await contest(abandoned._id)).fence).toBeGreaterThan(abandoned.fence)
  mongo.proxy.delay(0)
})

test('expired_lease_is_taken_over_with_higher_fence', async () => {
  const name = random.name('lease')
  let last = await held(acquire(name))
  for (let round = random.int(2, 4); round > 0; round--) {
    expect(await acquire(name)).toBeNull()
    await lapse(name)
    const owner = random.name('owner')
    const next = await held(acquire(name, owner))
    expect(next.fence).toBeGreaterThan(last.fence)
    expect(next.token).not.toBe(last.token)
    expect(await stored(name)).toMatchObject({ ...next, owner })
    last = next
  }
})

test('renew_only_while_still_owner', async () => {
  const name = random.name('lease')
  const first = await held(acquire(name))
  const before = await stored(name)
  expect(await renew(name, first.token, 5 * minute)).toBe(true)
  const after = await stored(name)
  expect(after.until.getTime() - before.until.getTime()).toBeGreaterThanOrEqual(4 * minute)
  expect(after).toMatchObject({ ...first, owner: before.owner })

  expect(await renew(name, random.name('token'))).toBe(false)
  expect(await renew(random.name('other'), first.token)).toBe(false)
  expect(await stored(name)).toEqual(after)

  await lapse(name)
  expect(await renew(name, first.token), 'renewed a lease that is over').toBe(false)
  const second = await held(acquire(name))
  const taken = await stored(name)
  expect(await renew(name, first.token, 9 * minute), 'renewed the lease of another').toBe(false)
  expect(await stored(name)).toEqual(taken)
  expect(await renew(name, second.token)).toBe(true)
})

test('release_by_a_stranger_does_nothing', async () => {
  const name = random.name('lease')
  const owner = random.name('owner')
  const first = await held(acquire(name, owner))
  expect(await release(name, random.name('token'))).toBe(false)
  expect(await release(name, owner)).toBe(false)
  expect(await acquire(name, owner), 'the same owner again is another caller').toBeNull()

  expect(await release(name, first.token)).toBe(true)
  expect(await release(name, first.token), 'released twice').toBe(false)
  const second = await held(acquire(name))
  expect(second.fence, 'a fence after a release').toBeGreaterThan(first.fence)
  expect(await release(name, first.token), 'released the lease of another').toBe(false)
  expect(await acquire(name)).toBeNull()

  await lapse(name)
  expect(await release(name, second.token), 'released a lease that is over').toBe(false)
  expect((await held(acquire(name))).fence).toBeGreaterThan(second.fence)
})

test('fence_rejects_a_paused_holder', async () => {
  const [name, id] = [random.name('lease'), random.name('file')]
  const [early, late, again] = [random.text(), random.text(), random.text()]
  const paused = await held(acquire(name))
  await lapse(name)
  const current = await held(acquire(name))
  expect(await fencedWrite(id, current.fence, late)).toBe(true)
  expect(await fencedWrite(id, paused.fence, early), 'wrote with a fence that was overtaken').toBe(false)
  expect(await resource(id)).toEqual({ _id: id, fence: current.fence, value: late })
  expect(await fencedWrite(id, current.fence, again), 'the holder may write again').toBe(true)
  expect(await resource(id)).toEqual({ _id: id, fence: current.fence, value: again })

  for (let round = 0; round < 2; round++) {
    const fresh = random.name('file')
    const fences = random.shuffle(Array.from({ length: 12 }, (_, i) => i + 1))
    const answers = await Promise.all(fences.map((fence) => fencedWrite(fresh, fence, `by ${fence}`)))
    expect(answers[fences.indexOf(12)], 'the largest fence').toBe(true)
    expect(await resource(fresh)).toEqual({ _id: fresh, fence: 12, value: 'by 12' })
  }
})

test('skewed_client_clock_cannot_steal', async () => {
  const [early, late] = await Promise.all([
    submission.spawn({ clockSkewMs: -10 * minute }),
    submission.spawn({ clockSkewMs: 10 * minute }),
  ])
  const name = random.name('lease')
  const first = await held(acquire(name, 'late', minute, late))
  const { until: end } = await stored(name)
  expect(Math.abs(end.getTime() - Date.now() - minute), 'the end by the clock of the server').toBeLessThan(minute)
  expect(await acquire(name)).toBeNull()

  await lapse(name)
  const second = await held(acquire(name, 'early', minute, early))
  expect(second.fence).toBeGreaterThan(first.fence)
  expect(await acquire(name, 'late', minute, late), 'a clock that is ahead').toBeNull()
  expect(await acquire(name)).toBeNull()
  expect(await renew(name, second.token, minute, early)).toBe(true)
  expect(await acquire(name)).toBeNull()
})

test('crashed_owner_frees_by_time_alone', async () => {
  const name = random.name('lease')
  const doomed = await submission.spawn()
  const lost = await held(acquire(name, 'doomed', random.int(200, 300), doomed))
  const { until: end } = await stored(name)
  await doomed.kill()
  const next = await until(() => acquire(name), 2_000, 'the end of a lease whose owner is dead')
  expect(next.fence).toBeGreaterThan(lost.fence)
  const begun = (await stored(name)).until.getTime() - minute
  expect(begun, 'taken before it was over').toBeGreaterThanOrEqual(end.getTime())
})

test('hostile_input_is_text_or_refused', async () => {
  const texts = ['$owner', '$$NOW', 'a.b', '', '__proto__', '$token', random.text()]
  const owners = random.shuffle(texts)
  for (const [i, name] of texts.entries()) {
    const owner = owners[i] as string
    const lease = await held(acquire(name, owner))
    expect(await acquire(name)).toBeNull()
    expect(await stored(name)).toMatchObject({ ...lease, owner })
    expect(await fencedWrite(name, lease.fence, owner)).toBe(true)
    expect(await resource(name)).toMatchObject({ value: owner })
  }

  const name = random.name('lease')
  const { token, fence } = await held(acquire(name))
  await fencedWrite(name, fence, 'sound')
  const before = [await leases().find().sort({ _id: 1 }).toArray(), await resource(name)]
  const bad: [string, ...unknown[]][] = [
    ['acquire', { $ne: null }, 'ann', minute],
    ['acquire', random.name('lease'), { $gt: '' }, minute],
    ['acquire', random.name('lease'), 'ann', random.pick([0, -1, 1.5, '1000', null])],
    ['renew', { $ne: null }, token, minute],
    ['renew', name, { $ne: 'x' }, minute],
    ['renew', name, token, random.pick([0, -minute, 0.5])],
    ['release', { $ne: null }, token],
    ['release', name, { $exists: true }],
    ['fencedWrite', { $ne: null }, fence, 'x'],
    ['fencedWrite', name, random.pick([{ $gt: 0 }, '9', 9.5, -1]), 'x'],
    ['fencedWrite', name, fence, { $inc: 1 }],
  ]
  for (const [fn, ...args] of random.shuffle(bad)) await rejects(submission.call(fn, mongo.cfg, ...args), 'BAD_REQUEST')
  expect([await leases().find().sort({ _id: 1 }).toArray(), await resource(name)]).toEqual(before)
})
