import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openForTest } from './handle-fixture.ts'
import { redisHandle } from './redis.ts'

describe('the handle of Redis', () => {
  let opened: Awaited<ReturnType<typeof openForTest>>
  let redis: ReturnType<typeof redisHandle>
  let learner: Redis
  beforeAll(async () => {
    opened = await openForTest('redis')
    redis = redisHandle(opened.backEnd.engine('redis'), {
      seed: (inspect) => inspect.set(redis.handle.key('seed'), '1'),
    })
    await redis.setUp()
    learner = new Redis({
      ...redis.handle.cfg.redis,
      keyPrefix: redis.handle.cfg.redis.prefix,
      retryStrategy: () => 20,
    })
    learner.on('error', () => {})
  })
  afterAll(async () => {
    learner.disconnect()
    await redis.close()
    await opened.close()
  })

  test('empties and seeds', async () => {
    await learner.set('mine', 'x')
    await redis.reset()
    expect(await redis.handle.inspect.keys('*')).toEqual([redis.handle.key('seed')])
  })

  test("sees and ends the learner's connections only", async () => {
    await learner.ping()
    expect(await redis.handle.clients()).toMatchObject([{ user: redis.handle.cfg.redis.username }])
    expect(await redis.handle.faults.killClients()).toBe(1)
    expect(await redis.handle.inspect.ping()).toBe('PONG')
    expect(await learner.ping()).toBe('PONG')
  })

  test('runs out of memory and recovers when the test ends', async () => {
    await redis.handle.faults.outOfMemory(true)
    await expect(learner.set('x', '1')).rejects.toThrow(/^OOM/)
    await redis.heal()
    expect(await learner.set('x', '1')).toBe('OK')
  })

  test('pauses and restarts, but not for a test that is over', async () => {
    await redis.heal()
    await expect(redis.handle.faults.restart()).rejects.toThrow('the test has ended')
    await redis.reset()
    await redis.handle.faults.pause(100)
    await learner.ping()
    await redis.handle.faults.restart()
    expect(await learner.ping()).toBe('PONG')
  })
})
