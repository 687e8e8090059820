import { request } from 'node:http'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { ResolvedImage } from '../images/images.ts'
import { type EngineContainer, outlive, startEngineContainer } from './container.ts'
import type { DynamodbAccess, Engine } from './engine.ts'
import { makeEngineFolder } from './folder.ts'
import { randomSecret } from './secret.ts'

const memoryLimitBytes = 640 * 1024 ** 2
const heapMb = 256
/** The server's own threads, those that answer, and four for each lease. */
const pids = 600
/** Of the JVM, with -XX:+ExitOnOutOfMemoryError. */
const outOfMemoryExit = 3
const relayMemoryBytes = 96 * 1024 ** 2
const socketFolder = '/run/drillbase'
const regions = ['us-east-1', 'eu-west-1']
/** A store lives as long as the server, also when its key is forgotten: two or three megabytes and two threads in each Region. */
const leasesUntilReplaced = 50
const bytesUntilReplaced = 480 * 1024 ** 2

/**
 * Starts DynamoDB Local, which speaks TCP only. A relay owns the namespace without a network and gives it a unix socket;
 * the server joins that namespace, so that a restart of the server leaves the relay where it is.
 */
export async function startDynamodb(
  docker: Docker,
  image: ResolvedImage,
  folder: string,
  labels: Record<string, string>,
  gate: ResolvedImage,
): Promise<Engine> {
  const { sockets, removeAll } = await makeEngineFolder(folder)
  const upstream = join(sockets, 'ddb.sock')
  let relay: EngineContainer | undefined
  let server: EngineContainer | undefined
  const stop = async () => {
    await server?.stop()
    await relay?.stop()
    await removeAll()
  }
  try {
    relay = await startEngineContainer(docker, {
      reference: gate.reference,
      labels,
      command: [`UNIX-LISTEN:${socketFolder}/ddb.sock,fork,backlog=512,mode=0777,unlink-early`, 'TCP:127.0.0.1:8000'],
      mounts: [{ source: sockets, target: socketFolder, mode: 'rw' }],
      networkMode: 'none',
      memoryBytes: relayMemoryBytes,
      pids: 256,
      probe: async () => {},
    })
    server = await startEngineContainer(docker, {
      reference: image.reference,
      labels,
      entrypoint: outlive('java'),
      user: '1000:1000',
      // -inMemory without -sharedDb: every access key and Region is a store of its own.
      command: [
        `-Xmx${heapMb}m`,
        '-XX:+ExitOnOutOfMemoryError',
        '-Djava.library.path=./DynamoDBLocal_lib',
        '-jar',
        'DynamoDBLocal.jar',
        '-inMemory',
        '-port',
        '8000',
        '-disableTelemetry',
      ],
      mounts: [],
      networkMode: `container:${relay.id}`,
      memoryBytes: memoryLimitBytes,
      pids,
      outOfMemoryExit,
      probe: () => listTables(upstream, 'probe'),
    })
  } catch (error) {
    await stop()
    throw error
  }

  const { id, pause, unpause, restart, isHealthy, meddling, rests, residentBytes } = server
  const [theServer, theRelay] = [server, relay]
  /** The relay's memory goes with the connections that a submission makes the proxy open. */
  const ranOutOfMemory = async () => (await theServer.ranOutOfMemory()) || theRelay.ranOutOfMemory()
  const isUnharmed = async () => (await theServer.isUnharmed()) && theRelay.isUnharmed()
  let leases = 0
  return {
    kind: 'dynamodb',
    image,
    containerId: id,
    async lease(): Promise<DynamodbAccess> {
      leases++
      // Letters and digits only: anything else in a key is refused by the server.
      const learner = { accessKeyId: randomSecret(), secretAccessKey: randomSecret(), regions }
      await listTables(upstream, learner.accessKeyId)
      return { kind: 'dynamodb', flavour: 'dynamodb-local', product: image.product, upstream, learner }
    },
    async release() {
      await unpause()
      if (await ranOutOfMemory()) return 'discard'
      if (leases >= leasesUntilReplaced || (await residentBytes()) >= bytesUntilReplaced) return 'discard'
      // A number of a million digits keeps it busy long after whoever sent it is gone.
      return (await rests()) ? 'clean' : 'discard'
    },
    pause,
    unpause,
    restart,
    isUnharmed,
    isHealthy,
    ranOutOfMemory,
    // The relay beside it is a megabyte.
    residentBytes,
    meddling,
    stop,
  }
}

/** A request that touches the store, in the region's own words; the server reads who asks, but checks no signature. */
function listTables(socketPath: string, accessKeyId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath,
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
      timeout: 2_000,
    })
    asked.on('response', (answer) => {
      answer.resume()
      if (answer.statusCode === 200) resolve()
      else reject(new Error(`DynamoDB Local answers ${answer.statusCode}`))
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.end('{}')
  })
}
