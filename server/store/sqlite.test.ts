import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openStore } from './open.ts'
import { apply, fresh, noon, prepare, reviewInput } from './test-data.ts'
import { directly, filledPlace, later, openedWith } from './test-migration.ts'
import { opened, ownPlace } from './test-store.ts'

const writer = fileURLToPath(new URL('./test-writer.ts', import.meta.url))

/** Runs a shell script that may mount: in a mount namespace of its own, so that nothing is left mounted. */
function withMounts(script: string, ...values: string[]) {
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user']
  return spawnSync('unshare', [...asRoot, '--mount', 'sh', '-euc', script, 'sh', ...values], { encoding: 'utf8' })
}

test('a new store is for its owner only', async () => {
  const { dataDir } = await ownPlace('sqlite')
  const place = { dataDir: join(dataDir, 'new', 'folder') }
  await opened(place)
  expect(statSync(place.dataDir).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(place.dataDir)) expect(statSync(join(place.dataDir, name)).mode & 0o777).toBe(0o600)
})

test('before a migration the whole store is copied beside it, and the copy opens as a store', async () => {
  const { place } = await filledPlace('sqlite')
  await openedWith('sqlite', place, later('drop table submission_events'))
  const copies = readdirSync(place.dataDir).filter((name) => /^drillbase\.v\d+-\d{8}T\d{6}Z\.sqlite$/.test(name))
  expect(copies).toHaveLength(1)
  await expect(openStore(place)).rejects.toMatchObject({ code: 'store-newer' })

  const restored = await ownPlace('sqlite')
  writeFileSync(join(restored.dataDir, 'drillbase.sqlite'), readFileSync(join(place.dataDir, copies[0] ?? '')))
  const store = await opened(restored)
  expect(await store.counts()).toEqual({ reviews: 50, submissions: 0 })
})

test('nothing is copied when nothing is migrated', async () => {
  const { place } = await filledPlace('sqlite')
  await (await openStore(place)).close()
  expect(readdirSync(place.dataDir)).toEqual(['drillbase.sqlite'])
})

test('a newer store is not touched while its write-ahead log lies beside it', async () => {
  const { place } = await filledPlace('sqlite')
  const crashed = await ownPlace('sqlite')
  const file = new Sqlite(join(place.dataDir, 'drillbase.sqlite'))
  file.exec("insert into __drizzle_migrations (hash, created_at) values ('of a newer program', 4000000000000)")
  for (const name of ['drillbase.sqlite', 'drillbase.sqlite-wal'])
    writeFileSync(join(crashed.dataDir, name), readFileSync(join(place.dataDir, name)))
  file.close()
  const picture = () =>
    ['drillbase.sqlite', 'drillbase.sqlite-wal'].map((name) =>
      readFileSync(join(crashed.dataDir, name)).toString('base64'),
    )
  const before = picture()
  await expect(openStore(crashed)).rejects.toMatchObject({ code: 'store-newer' })
  expect(picture()).toEqual(before)
})

test('a migration that breaks a reference is rolled back', async () => {
  const { place } = await filledPlace('sqlite')
  const breaking = later("update reviews set item_id = 'card:none'")
  await expect(openedWith('sqlite', place, breaking)).rejects.toMatchObject({ code: 'migration-failed' })
  expect(await directly(place, "select * from reviews where item_id = 'card:none'")).toEqual([[]])
})

test('a folder that cannot be made, a file that is no store, and a foreign store are refused with what to do', async () => {
  const { dataDir } = await ownPlace('sqlite')
  writeFileSync(join(dataDir, 'file'), '')
  const unwritable = { code: 'store-unwritable', message: expect.stringContaining('DATA_DIR') }
  await expect(openStore({ dataDir: join(dataDir, 'file', 'below') })).rejects.toMatchObject(unwritable)

  mkdirSync(join(dataDir, 'text'))
  writeFileSync(
    join(dataDir, 'text', 'drillbase.sqlite'),
    'not a database at all, but long enough to look like one'.repeat(99),
  )
  await expect(openStore({ dataDir: join(dataDir, 'text') })).rejects.toMatchObject(unwritable)

  mkdirSync(join(dataDir, 'foreign'))
  const foreign = new Sqlite(join(dataDir, 'foreign', 'drillbase.sqlite'))
  foreign.exec('create table recipes (name text)')
  foreign.close()
  await expect(openStore({ dataDir: join(dataDir, 'foreign') })).rejects.toMatchObject(unwritable)
})

test('a store on a read-only disk is refused at once', async () => {
  const { place } = await filledPlace('sqlite')
  const script = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; exec "$2" "$3" "$1" card:1 1'
  const { stdout, stderr } = withMounts(script, place.dataDir, process.execPath, writer)
  expect(stderr).toContain("code: 'store-unwritable'")
  expect(stdout).toBe('')
})

test('on a full disk a write fails with a code of its own, and what was acknowledged is there', async () => {
  const { dataDir: small } = await ownPlace('sqlite')
  const rescued = await ownPlace('sqlite')
  const script = `
    mount -t tmpfs -o size=900k tmpfs "$1"
    "$3" "$4" "$1" card:1 5000 || true
    cp "$1"/* "$2"`
  const { stdout, stderr } = withMounts(script, small, rescued.dataDir, process.execPath, writer)
  expect(stderr).toContain("code: 'disk-full'")
  const acknowledged = stdout.trim().split('\n')
  const store = await opened(rescued)
  const stored = (await store.reviews.ofItem('local', 'card:1')).map((review) => review.id)
  expect(acknowledged.length).toBeGreaterThan(10)
  expect(stored).toEqual(acknowledged)
})

test('killed in the midst of writing, it has every acknowledged review', async () => {
  const place = await ownPlace('sqlite')
  await (await openStore(place)).close()
  const acknowledged: string[] = []
  for (const wanted of [1, 7, 40, 90]) {
    const child = spawn(process.execPath, [writer, place.dataDir, 'card:1', '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let seen = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      seen += chunk
      if (seen.split('\n').length > wanted) child.kill('SIGKILL')
    }
    acknowledged.push(...seen.split('\n').slice(0, -1))
  }
  const store = await opened(place)
  const stored = new Set((await store.reviews.ofItem('local', 'card:1')).map((review) => review.id))
  expect(acknowledged.length).toBeGreaterThan(130)
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
  expect(await directly(place, 'pragma integrity_check')).toEqual([[{ integrity_check: 'ok' }]])
})

test('several processes make, open and write one store at once', async () => {
  const place = await ownPlace('sqlite')
  const children = [1, 2, 3].map((item) => spawn(process.execPath, [writer, place.dataDir, `card:${item}`, '60']))
  const ended = await Promise.all(
    children.map(async (child) => {
      let errors = ''
      child.stderr.setEncoding('utf8').on('data', (chunk) => (errors += chunk))
      child.stdout.resume()
      const [code] = await once(child, 'close')
      return { code, errors }
    }),
  )
  expect(ended).toEqual([1, 2, 3].map(() => ({ code: 0, errors: '' })))
  expect(await (await opened(place)).counts()).toMatchObject({ reviews: 180 })
})

test('two stores of one process on one file wait for each other', async () => {
  const place = await ownPlace('sqlite')
  const stores = await Promise.all([opened(place), opened(place)])
  for (const store of stores) await prepare(store)
  await Promise.all(
    Array.from({ length: 40 }, (_, number) => {
      const input = reviewInput('local', `card:${number % 4}`, { version: null, answeredAt: noon + number })
      return stores[number % 2]?.reviews.answer(input, fresh(input.itemId), apply)
    }),
  )
  expect(await stores[0]?.counts()).toMatchObject({ reviews: 40 })
})
