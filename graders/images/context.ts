import { createHash, type Hash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ImageName, type PartName, partsOf } from './catalogue.ts'
import { unpackDynamodbLocal } from './dynamodb-local.ts'
import { unpackGoToolchain } from './go-toolchain.ts'
import { trustedRoots } from './host.ts'
import { closureOf, isRunTimeFile } from './packages.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const here = join(repository, 'graders/images')
const drivers = [
  'pg',
  'ioredis',
  'mongodb',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-dynamodb-streams',
  '@aws-sdk/lib-dynamodb',
]

/** What an image is built from. `hash` changes when the image would; `assemble` puts the files into an empty folder. */
export type BuildContext = { hash: string; assemble(folder: string): Promise<void> }

export function contextOf(name: ImageName | PartName): BuildContext {
  const hash = createHash('sha256').update(arch())
  addFolder(hash, join(here, name))
  for (const part of partsOf(name)) hash.update(contextOf(part).hash)
  if (name === 'runner-node') return nodeContext(hash)
  if (name === 'runner-python') addFolder(hash, join(repository, 'graders/sandbox/python'))
  return {
    hash: shortened(hash),
    async assemble(folder) {
      copySources(join(here, name), folder)
      if (name === 'runner-python') copySources(join(repository, 'graders/sandbox/python'), join(folder, 'runner'))
      if (name === 'dynamodb') await unpackDynamodbLocal(join(here, name, 'source.json'), join(folder, 'local'))
      if (name === 'ferretdb') await unpackGoToolchain(join(here, name, 'source.json'), join(folder, 'go'))
      // Not part of the hash: they change what a build can reach, never what it makes.
      if (name === 'ferretdb' || name === 'runner-python') writeFileSync(join(folder, 'roots.pem'), trustedRoots())
    },
  }
}

function nodeContext(hash: Hash): BuildContext {
  const runner = join(repository, 'graders/sandbox/node')
  const packages = closureOf(drivers, repository)
  const [node] = closureOf([`node-linux-${arch()}`], repository)
  if (!node) throw new Error('unreachable: closureOf throws for a package that is missing')
  // Names and versions stand for the contents, which the lockfile pins: hashing 120 MB at every start would be noticed.
  for (const { place, version } of [node, ...packages]) hash.update(`${place}@${version}\n`)
  addFolder(hash, runner)
  return {
    hash: shortened(hash),
    async assemble(folder) {
      copySources(join(here, 'runner-node'), folder)
      cpSync(join(node.folder, 'bin/node'), join(folder, 'node'))
      for (const { folder: from, place } of packages) {
        cpSync(from, join(folder, 'node_modules', place), { recursive: true, filter: isRunTimeFile(from) })
      }
      copySources(runner, join(folder, 'runner'))
    },
  }
}

const isTest = (name: string) => /\.test\.ts$|(^|\/)test_[^/]*\.py$|__pycache__/.test(name)

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !isTest(name))
    .sort()
}

function addFolder(hash: Hash, folder: string): void {
  for (const name of sourcesIn(folder))
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0')
}

function copySources(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of sourcesIn(from)) cpSync(join(from, name), join(to, name))
}

const shortened = (hash: Hash) => hash.digest('hex').slice(0, 12)
