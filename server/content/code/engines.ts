import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import { Redis } from 'ioredis'
import { type Engine, type EngineAccess, socketOf } from '../../../graders/engines/engine.ts'
import { imageOf, startEngine } from '../../../graders/engines/start.ts'
import { engineKinds, type Grants } from '../../../graders/exercise.ts'
import { prepareImages } from '../../../graders/images/images.ts'
import { openGate } from '../../../graders/slot/gate.ts'
import { labels } from '../../../graders/slot/owner.ts'
import { type Emptier, emptierOf } from './empty.ts'

/** What a lesson may do: as much as on the reader's own server. */
const grants: Grants = { postgres: { tables: [], sequences: true, create: true, temp: true } }
const memoryBytes = 512 * 1024 ** 2

export type CourseEngines = {
  /**
   * Runs this in a container whose 127.0.0.1 has all four engines on their well-known ports, and no other network. Whoever
   * connects to /gate/empty there hears `empty` when the engines are, or why they are not.
   */
  run(image: 'runner-node' | 'runner-python', command: string[], mounts: string[]): Promise<string>
  close(): Promise<void>
}

/**
 * All four engines, as a reader of the course has them: PostgreSQL under DATABASE_URL, MongoDB under MONGODB_URL, Redis on its
 * default port without a password, DynamoDB Local under AWS_ENDPOINT_URL.
 */
export async function openCourseEngines(): Promise<CourseEngines> {
  const docker = new Docker()
  const only = ['gate', 'runner-node', 'runner-python', ...engineKinds] as const
  const images = await prepareImages(docker, { only: [...only], onProgress() {} })
  const folder = await mkdtemp(join(tmpdir(), 'drillbase-'))
  const [engines, servers, emptiers]: [Engine[], Server[], Emptier[]] = [[], [], []]
  const gateFolder = join(folder, 'gate')
  let closeGate = async () => {}
  const close = async () => {
    await closeGate()
    for (const server of servers) server.close()
    await Promise.allSettled(emptiers.map((emptier) => emptier.close()))
    await Promise.all(engines.map((engine) => engine.stop()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const gate = await openGate(docker, imageOf(images, 'gate'), gateFolder, [...engineKinds], labels)
    closeGate = gate.close
    const environment: string[] = []
    const started = engineKinds.map(async (kind) => {
      const engine = await startEngine(kind, { docker, images, folder: join(folder, kind), labels })
      engines.push(engine)
      const access = await engine.lease(grants)
      servers.push(await relay(gate.socketOf(kind), socketOf(access)))
      environment.push(...(await openToReaders(access)))
      emptiers.push(await emptierOf(access))
    })
    // All of them, so that whatever comes up is known to close().
    const failed = (await Promise.allSettled(started)).find(({ status }) => status === 'rejected')
    if (failed) throw (failed as PromiseRejectedResult).reason
    const emptyAll = () => Promise.all(emptiers.map((emptier) => emptier.empty()))
    servers.push(
      await listen(join(gateFolder, 'empty'), (asking) =>
        emptyAll().then(
          () => asking.end('empty'),
          (error: unknown) => asking.end(String(error)),
        ),
      ),
    )

    return {
      close,
      async run(image, command, mounts) {
        const [stdout, stderr] = [new PassThrough(), new PassThrough()]
        const [printed, complaints] = [text(stdout), text(stderr)]
        const [{ StatusCode }, container] = await docker.run(
          imageOf(images, image).reference,
          command,
          [stdout, stderr],
          {
            Entrypoint: [],
            Env: environment,
            Labels: labels,
            Tty: false,
            HostConfig: {
              NetworkMode: `container:${gate.containerId}`,
              Binds: [...mounts, `${gateFolder}:/gate:ro`],
              Memory: memoryBytes,
              MemorySwap: memoryBytes,
            },
          },
        )
        await container.remove()
        if (StatusCode !== 0) throw new Error(`${command.join(' ')} ended with ${StatusCode}\n${await complaints}`)
        return printed
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The reader's own server has no password where a lesson gives none. */
async function openToReaders(access: EngineAccess): Promise<string[]> {
  switch (access.kind) {
    case 'postgres': {
      const { user, password } = access.learner
      return [`DATABASE_URL=postgres://${user}:${password}@127.0.0.1/${access.database}`]
    }
    case 'mongodb': {
      // A lesson names its own databases.
      const { user, password, authSource } = access.inspector
      return [`MONGODB_URL=mongodb://${user}:${password}@127.0.0.1/?directConnection=true&authSource=${authSource}`]
    }
    case 'redis': {
      const { user: username, password } = access.inspector
      const redis = new Redis({ path: access.upstream, username, password })
      await redis.call('ACL', 'SETUSER', 'default', 'on', 'nopass', '~*', '&*', '+@all')
      redis.disconnect()
      return []
    }
    case 'dynamodb':
      return [
        'AWS_ENDPOINT_URL=http://127.0.0.1:8000',
        `AWS_ACCESS_KEY_ID=${access.learner.accessKeyId}`,
        `AWS_SECRET_ACCESS_KEY=${access.learner.secretAccessKey}`,
        'AWS_REGION=us-east-1',
        'AWS_DEFAULT_REGION=us-east-1',
      ]
  }
}

/** From where the gate dials to the engine. */
const relay = (path: string, upstream: string): Promise<Server> =>
  listen(path, (client) => {
    const engine = dial(upstream)
    client.pipe(engine).pipe(client)
    for (const [socket, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('close', () => other.destroy())
    }
  })

async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  // The containers' users are others.
  await chmod(path, 0o666)
  return server
}
