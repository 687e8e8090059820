import { join } from 'node:path'
import type Docker from 'dockerode'
import { MongoClient } from 'mongodb'
import type { Grants } from '../exercise.ts'
import type { ResolvedImage } from '../images/images.ts'
import { type EngineContainerOptions, startEngineContainer } from './container.ts'
import type { Engine, MongodbAccess } from './engine.ts'
import { makeEngineFolder } from './folder.ts'
import { randomName, randomSecret } from './secret.ts'

type Login = MongodbAccess['inspector']
type Flavour = MongodbAccess['flavour']

const memoryBytes = 640 * 1024 ** 2
const pids = 400
const socketFolder = '/run/drillbase'
const socketName = 'mongo.sock'
const answerMs = 1_500

/** `adminName` is the inspector; FerretDB's image brings it along. */
const adminName: Record<Flavour, string> = { mongo: 'inspector', ferretdb: 'drillbase_admin' }
/** FerretDB knows these two roles alone, each over all databases: that is why a server serves one submission. */
const roleOverAll = {
  read: [{ role: 'readAnyDatabase', db: 'admin' }],
  readWrite: [
    { role: 'readWriteAnyDatabase', db: 'admin' },
    { role: 'clusterAdmin', db: 'admin' },
  ],
}

/** Starts MongoDB, or FerretDB in its stead, without a network. Single-use. */
export async function startMongodb(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  labels: Record<string, string>,
): Promise<Engine> {
  const flavour: Flavour = image.flavour === 'mongo' ? 'mongo' : 'ferretdb'
  const { sockets, removeAll } = await makeEngineFolder(folder)
  const upstream = join(sockets, socketName)
  const inspector: Login = { user: adminName[flavour], password: randomSecret(), authSource: 'admin' }

  const container = await startEngineContainer(docker, {
    reference: image.reference,
    labels,
    ...commandOf[flavour](inspector.password),
    user: '999:999',
    mounts: [{ source: sockets, target: socketFolder, mode: 'rw' }],
    networkMode: 'none',
    memoryBytes,
    pids,
    probe: () => ask(upstream, null, (client) => client.db('admin').command({ hello: 1 })),
  }).catch(async (error: unknown) => {
    await removeAll()
    throw error
  })
  const stop = async () => {
    await container.stop()
    await removeAll()
  }
  // Over a local socket MongoDB lets the first user be made without one, and never again.
  if (flavour === 'mongo')
    await ask(upstream, null, (client) =>
      client.db('admin').command({ createUser: inspector.user, pwd: inspector.password, roles: ['root'] }),
    ).catch(async (error: unknown) => {
      await stop()
      throw error
    })

  let leased = false
  return {
    kind: 'mongodb',
    image,
    containerId: container.id,
    async lease(grants: Grants): Promise<MongodbAccess> {
      if (leased) throw new Error('this MongoDB was leased before')
      leased = true
      const database = randomName('drill')
      const role = grants.mongodb?.role ?? 'readWrite'
      const authSource = flavour === 'mongo' ? database : 'admin'
      const learner: Login = { user: randomName('learner'), password: randomSecret(), authSource }
      const roles = flavour === 'mongo' ? [{ role, db: database }] : roleOverAll[role]
      await ask(upstream, inspector, (client) =>
        client.db(authSource).command({ createUser: learner.user, pwd: learner.password, roles }),
      )
      return { kind: 'mongodb', flavour, product: image.product, upstream, database, inspector, learner }
    },
    release: async () => (leased ? 'discard' : 'clean'),
    pause: container.pause,
    unpause: container.unpause,
    restart: container.restart,
    isHealthy: container.isHealthy,
    stop,
  }
}

type Command = Pick<EngineContainerOptions, 'entrypoint' | 'command' | 'environment'>
const commandOf: Record<Flavour, (password: string) => Command> = {
  ferretdb: (password) => ({
    // The socket must be open to this side, whose user is another.
    entrypoint: ['sh', '-c', 'umask 0; exec sh /usr/local/bin/start.sh "$@"', 'sh'],
    command: [`${socketFolder}/${socketName}`],
    environment: { ADMIN_PASSWORD: password },
  }),
  // By hand, because the official entry point would run a second server first.
  mongo: () => ({
    entrypoint: ['mongod'],
    command: ['--auth', '--bind_ip', `${socketFolder}/${socketName}`, '--filePermissions', '0777', '--wiredTigerCacheSizeGB', '0.25'],
  }),
}

async function ask<T>(path: string, login: Login | null, question: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(`mongodb://${encodeURIComponent(path)}/?directConnection=true`, {
    serverSelectionTimeoutMS: answerMs,
    maxPoolSize: 1,
    monitorCommands: false,
    ...(login ? { auth: { username: login.user, password: login.password }, authSource: login.authSource } : {}),
  })
  try {
    return await question(client)
  } finally {
    await client.close(true)
  }
}
