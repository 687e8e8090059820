import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { type Db, MongoClient, type MongoClientOptions } from 'mongodb'
import type { MongodbAccess } from '../../engines/engine.ts'
import type { Language } from '../../exercise.ts'
import type { EngineLink } from '../back-end.ts'
import { mongodbInventory } from '../inventory/mongodb.ts'
import type { MongodbHandle } from '../kit-types.ts'
import { engineFaults } from './faults.ts'
import type { OpenHandle } from './open-handle.ts'
import { Reading } from './reading.ts'

// The one place where the driver (pinned) lets its sockets be reached; its types leave the option out.
type ConnectionType = new (socket: Socket, options: object) => object
const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
  Connection: ConnectionType
}

type Options = { seed?: (inspect: Db) => Promise<unknown> }

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
    },
    async reset() {
      faults.begin()
      const collections = await inspect.listCollections({}, { nameOnly: true }).toArray()
      const ours = collections.filter(({ name }) => !name.startsWith('system.'))
      await Promise.all(ours.map(({ name }) => inspect.dropCollection(name)))
      await options.seed?.(inspect)
    },
    reading,
    resetProxy: proxy.reset,
    heal: faults.heal,
    inventory: async () => ({ kind: access.kind, ...(await mongodbInventory(inspect, language)) }),
    close: () => client.close(true),
  }
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
