import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import { beforeAll, expect, test } from 'vitest'
import { imageNames } from './catalogue.ts'
import { contextOf } from './context.ts'
import { type ImageProgress, prepareImages, type ResolvedImage } from './images.ts'
import { Registry } from './registry.ts'

const docker = new Docker()
const progress: ImageProgress[] = []
let images: Map<string, ResolvedImage>

beforeAll(async () => {
  images = await prepareImages(docker, { onProgress: (step) => progress.push(step) })
})

/** What a command prints in a throw-away container of that image. */
async function output(reference: string, ...command: string[]): Promise<string> {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  const [, container] = await docker.run(reference, [], stream, {
    Entrypoint: command,
    User: '0',
    Tty: true,
    Labels: { 'org.drillbase': '1' },
    HostConfig: { NetworkMode: 'none' },
  })
  await container.remove()
  return Buffer.concat(chunks).toString('utf8')
}

test('every image can be had, names its product, and was announced', () => {
  expect([...images.keys()].sort()).toEqual([...imageNames].sort())
  for (const { name, product } of images.values()) {
    expect(product).toMatch(/\d+\.\d+/)
    const states = progress.filter((step) => step.name === name).map(({ state }) => state)
    expect([states[0], states.at(-1)]).toEqual(['waiting', 'ready'])
  }
})

test('a second time gives the same images', async () => {
  const again = await prepareImages(docker, { only: ['gate', 'runner-node'], onProgress: () => {} })
  expect([...again.values()]).toEqual([images.get('gate'), images.get('runner-node')])
})

test('what stands for MongoDB says what it is', () => {
  const { flavour, product } = images.get('mongodb') ?? {}
  expect(product).toMatch(flavour === 'ferretdb' ? /^FerretDB .*MongoDB-compatible/ : /^MongoDB /)
})

test.each(['runner-python', 'mongodb'] as const)("the host's certificates are not in %s", async (name) => {
  const reference = images.get(name)?.reference ?? ''
  const search = 'find / -xdev "(" -name roots.pem -o -name ca-certificates.crt ")"'
  expect(await output(reference, 'sh', '-c', search)).toBe('')
})

test.each([
  [
    'runner-node',
    'node',
    '-e',
    "for (const name of ['pg', 'ioredis', 'mongodb', '@aws-sdk/lib-dynamodb']) require('/node_modules/' + name)",
  ],
  ['runner-python', 'python3', '-c', 'import psycopg2, asyncpg, pymongo, motor, redis, boto3'],
] as const)('the drivers of %s load', async (name, ...command) => {
  expect(await output(images.get(name)?.reference ?? '', ...command)).toBe('')
})

test('the same files give the same tag', async () => {
  expect(contextOf('runner-node').hash).toBe(contextOf('runner-node').hash)
  expect(contextOf('gate').hash).not.toBe(contextOf('redis').hash)
})

test('an image that no registry serves is not there after a pull', async () => {
  const registry = new Registry(docker)
  expect(await registry.pull('127.0.0.1:9/nothing:1', () => {})).toBe(false)
  expect(await registry.local('127.0.0.1:9/nothing:1')).toBeUndefined()
})

test('an aborted preparation rejects', async () => {
  const signal = AbortSignal.abort(new Error('the server ends'))
  await expect(prepareImages(docker, { onProgress: () => {}, signal })).rejects.toThrow('the server ends')
})
