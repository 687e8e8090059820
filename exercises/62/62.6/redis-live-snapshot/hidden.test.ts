import { setTimeout as pause } from 'node:timers/promises'
import { random, submission, until, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

type State = Record<string, string>
type View = { version: number; state: State }

const redis = use.redis()
/** For a message that is under way: some ten milliseconds on a quiet machine. */
const patienceMs = 1_500
/** For a connection that is lost, with whatever pause the submission makes before the next one. */
const reconnectMs = 4_000

const change = `
  local version = redis.call('INCR', KEYS[1])
  for field, value in pairs(cjson.decode(ARGV[1])) do redis.call('HSET', KEYS[2], field, value) end
  for _, field in ipairs(cjson.decode(ARGV[2])) do redis.call('HDEL', KEYS[2], field) end
  redis.call('PUBLISH', KEYS[3], '{"version":'..version..',"set":'..ARGV[1]..',"del":'..ARGV[2]..'}')
  return version`

/** A topic and its publisher, which remembers the state of every version. */
class Topic {
  readonly name: string
  readonly history: State[] = [{}]
  constructor(name: string) {
    this.name = name
  }

  get version(): number {
    return this.history.length - 1
  }

  async publish(set: State, del: string[] = []): Promise<void> {
    const next = { ...this.history.at(-1), ...set }
    for (const field of del) delete next[field]
    this.history.push(next)
    const keys = ['ver', 'state', 'chan'].map((kind) => redis.key(`${kind}:${this.name}`))
    await redis.inspect.eval(change, 3, ...keys, JSON.stringify(set), JSON.stringify(del))
  }

  /** A change with a field of its own: one that got lost is never made good by a later one. */
  publishNext(): Promise<void> {
    const last = this.version
    return this.publish({ [`f${last}`]: random.name() }, last > 30 ? [`f${last - 30}`] : [])
  }
}

class Watcher {
  readonly topic: Topic
  readonly views: View[] = []
  #handle: { stop(): Promise<void> } | null = null
  constructor(topic: Topic) {
    this.topic = topic
  }

  async start(): Promise<this> {
    const onState = async (view: View) => this.views.push(view)
    this.#handle = await submission.call('watch', redis.cfg, this.topic.name, onState)
    return this
  }

  stop = () => this.#handle?.stop()

  first = () => until(() => this.views.length > 0, patienceMs, 'the first view')
  latest = (deadlineMs = patienceMs) =>
    until(() => this.views.at(-1)?.version === this.topic.version, deadlineMs, 'the latest version')

  /** Every view is what the publisher had at that version, and versions only grow. */
  check(): void {
    let before = -1
    for (const { version, state } of this.views) {
      expect(version).toBeGreaterThan(before)
      expect(state).toEqual(this.topic.history[version])
      before = version
    }
  }
}

const watchTopic = (topic: Topic) => new Watcher(topic).start()
const newTopic = () => new Topic(random.name('topic-'))

test('first_state_is_the_snapshot', async () => {
  const [topic, empty] = [newTopic(), newTopic()]
  await topic.publish({ x: '1', y: random.text() })
  await topic.publish({ z: '2' }, ['x'])
  const [watcher, early] = [await watchTopic(topic), await watchTopic(empty)]
  await Promise.all([watcher.first(), early.first()])
  expect(watcher.views).toEqual([{ version: 2, state: topic.history[2] }])
  expect(early.views).toEqual([{ version: 0, state: {} }])

  await topic.publish({ x: '3' }, ['y', 'z'])
  await topic.publish({ x: '4' })
  await empty.publish({ [random.name()]: '' })
  await Promise.all([watcher.latest(), early.latest()])
  watcher.check()
  early.check()
  expect(watcher.views.map((view) => view.version)).toEqual([2, 3, 4])
})

test('no_gap_between_snapshot_and_subscription', async () => {
  const topic = newTopic()
  await topic.publishNext()
  // A round trip takes 80 ms, and a change comes every few (on a busy machine every 50): whatever falls between two commands of
  // the start is many changes.
  redis.proxy.delay(40)
  const watcher = new Watcher(topic)
  let isOver = false
  const publisher = (async () => {
    while (!isOver) {
      await topic.publishNext()
      await pause(2)
    }
  })()
  try {
    await watcher.start()
    await until(() => watcher.views.length >= 12, reconnectMs, 'views while changes pour in')
  } finally {
    isOver = true
    await publisher
  }
  // On a busy machine many changes are still on their way, and each is a call.
  await watcher.latest(reconnectMs)
  watcher.check()
  const versions = watcher.views.map((view) => view.version)
  expect(versions).toHaveLength((versions.at(-1) as number) - (versions[0] as number) + 1)
})

test('versions_never_go_back_or_repeat', async () => {
  const topic = newTopic()
  await topic.publishNext()
  const watcher = await watchTopic(topic)
  await watcher.first()
  for (let round = 0; round < 2; round++) {
    // Only the connection that listens is lost, and nothing was missed.
    const [lost] = await until(async () => nonEmpty(await subscribers()), reconnectMs, 'a subscription')
    await redis.inspect.client('KILL', 'ID', lost as string)
    await until(async () => (await subscribers()).some((id) => id !== lost), reconnectMs, 'a new subscription')
    await quietWire()
    await topic.publishNext()
    await watcher.latest()
  }
  watcher.check()
  expect(watcher.views.map((view) => view.version)).toEqual([1, 2, 3])
})

test('updates_during_disconnect_are_recovered', async () => {
  const topic = newTopic()
  const watcher = await watchTopic(topic)
  await topic.publishNext()
  await watcher.latest()

  redis.proxy.refuse(true)
  await redis.faults.killClients()
  await until(async () => (await redis.clients()).length === 0, reconnectMs, 'the end of every connection')
  const missed = random.int(2, 6)
  for (let n = 0; n < missed; n++)
    await topic.publish({ [`missed${n}`]: random.name() }, n ? [`missed${n - 1}`] : ['f0'])
  redis.proxy.refuse(false)
  await until(async () => nonEmpty(await subscribers()), reconnectMs, 'a new subscription')
  // Nothing else happens on this topic.
  await watcher.latest()

  await topic.publishNext()
  await watcher.latest()
  watcher.check()
})

test('other_topics_stay_apart', async () => {
  const word = random.name('t')
  const topics = [`${word}*`, word, `${word}?`].map((name) => new Topic(name))
  const strangers = [`${word}x`, `${word}:1`, `x:${word}`].map((name) => new Topic(name))
  const watchers: Watcher[] = []
  for (const topic of random.shuffle(topics)) {
    await topic.publishNext()
    const watcher = await watchTopic(topic)
    await watcher.first()
    watchers.push(watcher)
  }
  for (const topic of random.shuffle([...strangers, ...strangers, ...topics])) await topic.publishNext()
  await Promise.all(watchers.map((watcher) => watcher.latest()))
  for (const watcher of watchers) {
    watcher.check()
    expect(watcher.views.map((view) => view.version)).toEqual([1, 2])
  }
})

test('a_change_costs_its_own_size', async () => {
  const topic = newTopic()
  await topic.publish(Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`field-${i}`, random.name()])))
  const watcher = await watchTopic(topic)
  await watcher.first()
  const before = redis.proxy.bytesDown
  for (let n = 0; n < 12; n++) await topic.publish({ [`field-${random.int(0, 1_499)}`]: random.name() })
  await watcher.latest()
  expect(redis.proxy.bytesDown - before).toBeLessThan(12_000)
  watcher.check()
})

test('stop_ends_everything', async () => {
  const [topic, other] = [newTopic(), newTopic()]
  const [watcher, goesOn] = [await watchTopic(topic), await watchTopic(other)]
  await Promise.all([watcher.first(), goesOn.first()])
  await watcher.stop()
  await topic.publishNext()
  await other.publishNext()
  await goesOn.latest()
  await goesOn.stop()
  await until(async () => (await redis.clients()).length === 0, patienceMs, 'the end of every connection')
  expect(watcher.views.map((view) => view.version)).toEqual([0])
  expect(goesOn.views.map((view) => view.version)).toEqual([0, 1])
})

const subscribers = async () => (await redis.clients()).filter((client) => client.sub !== '0').map(({ id }) => id)
const nonEmpty = <T>(list: T[]): T[] | null => (list.length > 0 ? list : null)

/** Whatever the submission does about a new connection, it has done it when no byte has passed for a while. */
async function quietWire(): Promise<void> {
  let [bytes, since] = [-1, 0]
  await until(
    () => {
      const now = redis.proxy.bytesUp + redis.proxy.bytesDown
      if (now !== bytes) [bytes, since] = [now, performance.now()]
      return performance.now() - since > 150
    },
    patienceMs,
    'a quiet wire',
  )
}
