import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { type Db, MongoClient, type MongoClientOptions, MongoServerError } from 'mongodb'
import type { MongodbAccess } from '../../engines/engine.ts'
import type { Language } from '../../exercise.ts'
import type { EngineLink } from '../back-end.ts'
import { mongodbInventory } from '../inventory/mongodb.ts'
import type { CollectionShape, MongodbHandle } from '../kit-types.ts'
import { engineFaults } from './faults.ts'
import type { OpenHandle } from './open-handle.ts'
import { Reading } from './reading.ts'

// The one place where the driver (pinned) lets its sockets be reached; its types leave the option out.
type ConnectionType = new (socket: Socket, options: object) => object
const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
  Connection: ConnectionType
}

type Options = { collections?: CollectionShape[]; seed?: (inspect: Db) => Promise<unknown> }

/** What is left in a declared collection is deleted within this time, or the collection is made again. */
const emptyMs = 500

export function mongodbHandle(
  link: EngineLink<MongodbAccess>,
  language: Language,
  options: Options = {},
): OpenHandle & { handle: MongodbHandle } {
  const { access, proxy } = link
  const reading = new Reading()
  const client = new MongoClient(url(access.inspector, encodeURIComponent(access.upstream)), {
    // A server that is away fails the test soon, not after the driver's half minute.
    serverSelectionTimeoutMS: 5_000,
    connectionType: watchedBy(reading),
  } as MongoClientOptions)
  const inspect = client.db(access.database)
  const faults = engineFaults(link, () => inspect.command({ ping: 1 }))
  const shapes = options.collections ?? []
  /** Of each declared collection as it is made: noted once, when there is no submission yet. */
  const made = new Map<string, { self?: string; indexes: string }>()
  const collectionsThere = async () => {
    const all = await inspect.listCollections({}, { nameOnly: false }).toArray()
    const ours = all.filter(({ name }) => !name.startsWith('system.'))
    return new Map(ours.map(({ name, type, options }) => [name, JSON.stringify({ type, options })]))
  }
  const indexesOf = async (name: string) => JSON.stringify(await inspect.collection(name).listIndexes().toArray())
  const make = async ({ name, indexes = [] }: CollectionShape) => {
    const collection = await inspect.createCollection(name)
    if (indexes.length > 0) await collection.createIndexes(indexes)
  }
  /** Whether it is empty and as it was made. It fails for a view, and for more than can be deleted in time. */
  const emptied = async ({ name }: CollectionShape) => {
    const [indexes] = await Promise.all([
      indexesOf(name),
      inspect.collection(name).deleteMany({}, { maxTimeMS: emptyMs }),
    ])
    return indexes === made.get(name)?.indexes
  }

  return {
    kind: access.kind,
    handle: {
      cfg: { mongo: { url: url(access.learner, `127.0.0.1:${link.port}`), db: access.database } },
      inspect,
      faults: { pause: faults.pause, restart: faults.restart },
      proxy,
    },
    async setUp() {
      await inspect.command({ ping: 1 })
      if (shapes.length === 0) return
      await Promise.all(shapes.map(make))
      const there = await collectionsThere()
      for (const { name } of shapes) made.set(name, { self: there.get(name), indexes: await indexesOf(name) })
    },
    async reset() {
      faults.begin()
      const [there, ...kept] = await Promise.all([
        collectionsThere(),
        ...shapes.map((shape) => emptied(shape).catch(() => false)),
      ])
      const changed = shapes.filter(({ name }, at) => !kept[at] || there.get(name) !== made.get(name)?.self)
      const stays = (name: string) => made.has(name) && !changed.some((shape) => shape.name === name)
      await Promise.all([...there.keys()].filter((name) => !stays(name)).map((name) => inspect.dropCollection(name)))
      await Promise.all(changed.map((shape) => make(shape).catch(unlessDisturbed)))
      await options.seed?.(inspect)
    },
    reading,
    resetProxy: proxy.reset,
    heal: faults.heal,
    inventory: async () => ({ kind: access.kind, ...(await mongodbInventory(inspect, language)) }),
    close: () => client.close(true),
  }
}

/** A submission that still writes may make, change or drop a collection at any moment. It meets its own doing, and the next reset tries again. */
function unlessDisturbed(error: unknown): void {
  if (!(error instanceof MongoServerError)) throw error
}

const watchedBy = (reading: Reading): ConnectionType =>
  class extends Connection {
    constructor(socket: Socket, options: object) {
      super(reading.watch(socket), options)
    }
  }

const url = (login: MongodbAccess['learner'], host: string) =>
  `mongodb://${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@${host}/` +
  `?authSource=${encodeURIComponent(login.authSource)}&directConnection=true`
