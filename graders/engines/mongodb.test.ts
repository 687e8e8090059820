import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Grants } from '../exercise.ts'
import type { Engine, MongodbAccess } from './engine.ts'
import { leaseFor, startForTest } from './engine-fixture.ts'

type Login = MongodbAccess['learner']

let engine: Engine
let access: MongodbAccess
const open: MongoClient[] = []

beforeEach(async () => {
  engine = await startForTest('mongodb')
})
afterEach(async () => {
  await Promise.allSettled(open.splice(0).map((client) => client.close(true)))
  await engine.stop()
})

async function login(who: Login | null) {
  const client = new MongoClient(`mongodb://${encodeURIComponent(access.upstream)}/?directConnection=true`, {
    serverSelectionTimeoutMS: 3_000,
    ...(who ? { auth: { username: who.user, password: who.password }, authSource: who.authSource } : {}),
  })
  open.push(client)
  await client.connect()
  return client.db(access.database)
}
const leased = async (grants: Grants) => {
  access = await leaseFor(engine, 'mongodb', grants)
}

test('learner and inspector share the database of the lease', async () => {
  await leased({ mongodb: { role: 'readWrite' } })
  const learner = await login(access.learner)
  const inspector = await login(access.inspector)
  await learner.collection<{ _id: number }>('seats').insertOne({ _id: 1 })
  await learner.collection('seats').createIndex({ row: 1 }, { unique: true })
  expect(await inspector.collection('seats').countDocuments()).toBe(1)
})

test('the learner can neither make users nor change them', async () => {
  await leased({ mongodb: { role: 'readWrite' } })
  const client = (await login(access.learner)).client
  const roles = [
    { role: 'readWriteAnyDatabase', db: 'admin' },
    { role: 'clusterAdmin', db: 'admin' },
  ]
  for (const command of [
    { createUser: 'another', pwd: 'secret, secret, 123', roles },
    { updateUser: access.inspector.user, pwd: 'secret, secret, 123' },
    { dropUser: access.inspector.user },
  ])
    await expect(client.db('admin').command(command), JSON.stringify(command)).rejects.toThrow()
  expect(await (await login(access.inspector)).command({ ping: 1 })).toMatchObject({ ok: 1 })
})

test('nobody gets in without the right password', async () => {
  await leased({ mongodb: { role: 'readWrite' } })
  await expect(login(null).then((db) => db.collection('seats').findOne())).rejects.toThrow()
  for (const [user, password] of [
    [access.inspector.user, access.learner.password],
    [access.learner.user, 'wrong'],
    ['postgres', 'postgres'],
    ['ferretdb', ''],
    [access.inspector.user, 'replaced at start, 0123456789'],
    ['nobody', 'x'],
  ] as const)
    await expect(
      login({ user, password, authSource: 'admin' }).then((db) => db.collection('a').findOne()),
    ).rejects.toThrow()
})

test('it is frozen and thawed; a restart keeps address, users and data; one lease is all it gives', async () => {
  await leased({ mongodb: { role: 'readWrite' } })
  const before = await login(access.learner)
  await before.collection<{ _id: number }>('seats').insertOne({ _id: 1 })
  await engine.pause()
  const answer = before.collection('seats').countDocuments()
  expect(await engine.isHealthy()).toBe(false)
  await engine.unpause()
  expect(await answer).toBe(1)
  await engine.restart()
  expect(await (await login(access.learner)).collection('seats').countDocuments()).toBe(1)
  expect(await engine.release()).toBe('discard')
})
