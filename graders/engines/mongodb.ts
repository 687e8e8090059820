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
/** Of the PostgreSQL below FerretDB. MongoDB's own storage takes a refused write for a broken disk and ends. */
const fileBytes = 256 * 1024 ** 2
const socketFolder = '/run/drillbase'
const socketName = 'mongo.sock'
const answerMs = 1_500

/**
 * Starts MongoDB, or FerretDB in its stead, without a network. Single-use: FerretDB runs every command as one role of its
 * own, over all databases. So there a learner's grants come to nothing, and its image takes the commands about users away.
 */
export async function startMongodb(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  labels: Record<string, string>,
): Promise<Engine> {
  const flavour: Flavour = image.flavour === 'mongo' ? 'mongo' : 'ferretdb'
  const { sockets, removeAll } = await makeEngineFolder(folder)
  const upstream = join(sockets, socketName)
  const inspector: Login = { user: 'inspector', password: randomSecret(), authSource: 'admin' }
  const learner: Login = { user: 'learner', password: randomSecret(), authSource: 'admin' }

  const container = await startEngineContainer(docker, {
    reference: image.reference,
    labels,
    ...commandOf[flavour](inspector, learner),
    user: '999:999',
    mounts: [{ source: sockets, target: socketFolder, mode: 'rw' }],
    networkMode: 'none',
    memoryBytes,
    pids,
    ...(flavour === 'ferretdb' ? { fileBytes } : {}),
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
      if (flavour === 'mongo')
        await ask(upstream, inspector, (client) => client.db('admin').command(learnersRole(learner, database, grants)))
      return { kind: 'mongodb', flavour, product: image.product, upstream, database, inspector, learner }
    },
    release: async () => (leased ? 'discard' : 'clean'),
    pause: container.pause,
    unpause: container.unpause,
    restart: container.restart,
    isUnharmed: container.isUnharmed,
    isHealthy: container.isHealthy,
    ranOutOfMemory: container.ranOutOfMemory,
    residentBytes: container.residentBytes,
    meddling: container.meddling,
    stop,
  }
}

type Command = Pick<EngineContainerOptions, 'entrypoint' | 'command' | 'environment'>
const commandOf: Record<Flavour, (inspector: Login, learner: Login) => Command> = {
  ferretdb: (inspector, learner) => ({
    // The socket must be open to this side, whose user is another.
    entrypoint: ['sh', '-c', 'umask 0; exec sh /usr/local/bin/start.sh "$@"', 'sh'],
    command: [`${socketFolder}/${socketName}`],
    environment: { INSPECTOR_PASSWORD: inspector.password, LEARNER_PASSWORD: learner.password },
  }),
  // By hand, because the official entry point would run a second server first.
  mongo: () => ({
    entrypoint: ['mongod'],
    command: [
      '--auth',
      '--bind_ip',
      `${socketFolder}/${socketName}`,
      '--filePermissions',
      '0777',
      '--wiredTigerCacheSizeGB',
      '0.25',
    ],
  }),
}

const learnersRole = ({ user, password }: Login, database: string, { mongodb }: Grants) => ({
  createUser: user,
  pwd: password,
  roles: [{ role: mongodb?.role ?? 'readWrite', db: database }],
})

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
