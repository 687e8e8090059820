import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { remove } from '../engines/container.ts'
import { docker, imagesForTest } from '../engines/engine-fixture.ts'
import { imageOf } from '../engines/start.ts'
import { labels, ourLabel, owner, ownerLabel, ownerState } from './owner.ts'
import { makeOwnFolder, sweep } from './sweep.ts'

const gone = `${hostname()}/4194304/1`
const elsewhere = 'another-machine/1/1'
let runFolder: string

beforeAll(async () => {
  runFolder = await mkdtemp(join(tmpdir(), 'drillbase-'))
})
afterAll(() => rm(runFolder, { recursive: true, force: true }))

test('an owner lives as long as its very process', () => {
  expect(ownerState(owner)).toBe('alive')
  expect(ownerState(gone)).toBe('gone')
  expect(ownerState(owner.replace(/\d+$/, '1'))).toBe('gone')
  expect(ownerState(elsewhere)).toBe('unknown')
  expect(ownerState('')).toBe('unknown')
})

test('containers of a worker that is gone are removed, also frozen ones; ours and another machine’s stay', async () => {
  const image = imageOf(await imagesForTest(['gate']), 'gate').reference
  const start = async (of: string) => {
    const made = { ...labels, [ownerLabel]: of, [ourLabel]: '1' }
    const container = await docker.createContainer({
      Image: image,
      Entrypoint: ['sleep', '60'],
      Cmd: [],
      Labels: made,
      HostConfig: { NetworkMode: 'none' },
    })
    await container.start()
    return container
  }
  const dead = await start(gone)
  const frozen = await start(gone)
  await frozen.pause()
  const mine = await start(owner)
  const foreign = await start(elsewhere)
  try {
    await sweep(docker, runFolder)
    const left = (await docker.listContainers({ all: true })).map(({ Id }) => Id)
    expect([dead, frozen, mine, foreign].map(({ id }) => left.includes(id))).toEqual([false, false, true, true])
  } finally {
    for (const { id } of [dead, frozen, mine, foreign]) await remove(docker, id)
  }
})

test('folders of a worker that is gone are removed; ours and what is not ours stay', async () => {
  const mine = await makeOwnFolder(runFolder)
  for (const [name, of] of [
    ['dead', gone],
    ['else', elsewhere],
  ] as const) {
    await mkdir(join(runFolder, name, 'deep'), { recursive: true })
    await writeFile(join(runFolder, name, 'owner'), of)
  }
  await mkdir(join(runFolder, 'unmarked'))
  await sweep(docker, runFolder)
  expect((await readdir(runFolder)).sort()).toEqual(['else', 'unmarked', mine.slice(runFolder.length + 1)].sort())
})
