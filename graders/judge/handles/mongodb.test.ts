import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUntil } from '../until.ts'
import { openForTest } from './handle-fixture.ts'
import { mongodbHandle } from './mongodb.ts'

const until = createUntil(() => null)

describe('the handle of MongoDB', () => {
  let opened: Awaited<ReturnType<typeof openForTest>>
  let mongodb: ReturnType<typeof mongodbHandle>
  let learner: MongoClient
  beforeAll(async () => {
    opened = await openForTest('mongodb')
    mongodb = mongodbHandle(opened.backEnd.engine('mongodb'), 'typescript', {
      collections: [{ name: 'kept', indexes: [{ key: { n: 1 }, name: 'by_n', unique: true }] }],
      seed: (db) => db.collection('seeded').insertOne({ n: 1 }),
    })
    await mongodb.setUp()
    learner = new MongoClient(mongodb.handle.cfg.mongo.url)
  })
  afterAll(async () => {
    await learner.close(true)
    await mongodb.close()
    await opened.close()
  })

  test('drops what is there and seeds', async () => {
    await learner.db(mongodb.handle.cfg.mongo.db).collection('mine').insertOne({ x: 1 })
    await mongodb.reset()
    const names = (await mongodb.handle.inspect.listCollections().toArray()).map(({ name }) => name)
    expect(names.filter((name) => !name.startsWith('system.')).sort()).toEqual(['kept', 'seeded'])
    expect(await mongodb.handle.inspect.collection('seeded').countDocuments()).toBe(1)
  })

  test('empties a declared collection, and makes it again when anything else about it was changed', async () => {
    const kept = learner.db(mongodb.handle.cfg.mongo.db).collection('kept')
    const uuid = async () =>
      (await mongodb.handle.inspect.listCollections({ name: 'kept' }, { nameOnly: false }).toArray())[0]?.info?.uuid
    const indexes = async () => (await kept.listIndexes().toArray()).map(({ name }) => name)
    const first = await uuid()
    await kept.insertMany(Array.from({ length: 2_000 }, (_, n) => ({ n })))
    await mongodb.reset()
    expect([await kept.countDocuments(), await uuid()]).toEqual([0, first])

    const changes: (() => Promise<unknown>)[] = [
      () => kept.createIndex({ m: 1 }),
      () => kept.dropIndex('by_n'),
      () => kept.drop(),
      () => learner.db(mongodb.handle.cfg.mongo.db).command({ collMod: 'kept', validator: { n: 1 } }),
    ]
    for (const change of changes) {
      const before = await uuid()
      await change()
      await mongodb.reset()
      expect(await indexes()).toEqual(['_id_', 'by_n'])
      expect(await uuid()).not.toEqual(before)
      await kept.insertOne({ n: 7 })
    }
  })

  test('is not disturbed by somebody who makes and drops a declared collection all the time', async () => {
    const database = learner.db(mongodb.handle.cfg.mongo.db)
    let goesOn = true
    const disturb = async () => {
      while (goesOn) {
        await database
          .collection('kept')
          .insertOne({ n: 7 })
          .catch(() => {})
        await database
          .collection('kept')
          .drop()
          .catch(() => {})
      }
    }
    const disturbed = Promise.all([disturb(), disturb(), disturb()])
    try {
      for (let times = 0; times < 20; times++) await mongodb.reset()
    } finally {
      goesOn = false
      await disturbed
    }
    await mongodb.reset()
    const indexes = await mongodb.handle.inspect.collection('kept').listIndexes().toArray()
    expect(indexes.map(({ name }) => name)).toEqual(['_id_', 'by_n'])
    expect(await mongodb.handle.inspect.collection('kept').countDocuments()).toBe(0)
  })

  test('pauses, and restarts with the same data', async () => {
    await mongodb.reset()
    await mongodb.handle.faults.pause(100)
    await mongodb.handle.faults.restart()
    const seeded = learner.db(mongodb.handle.cfg.mongo.db).collection('seeded')
    expect(await until(() => seeded.countDocuments().catch(() => 0), 5_000)).toBe(1)
  })
})
