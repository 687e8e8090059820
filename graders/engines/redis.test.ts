import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Grants } from '../exercise.ts'
import type { Engine, RedisAccess } from './engine.ts'
import { leaseFor, startForTest } from './engine-fixture.ts'

const usual: Grants = { redis: { scripts: true, commands: [] } }

let engine: Engine
let access: RedisAccess
const open: Redis[] = []

beforeEach(async () => {
  engine = await startForTest('redis')
})
afterEach(async () => {
  for (const client of open.splice(0)) client.disconnect()
  await engine.stop()
})

async function login(who?: { user: string; password: string }): Promise<Redis> {
  const client = new Redis({
    path: access.upstream,
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    ...(who ? { username: who.user, password: who.password } : {}),
  })
  client.on('error', () => {})
  open.push(client)
  await client.connect()
  return client
}

test('the learner reaches keys and channels of its prefix, the inspector reaches all', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const learner = await login(access.learner)
  const inspector = await login(access.inspector)
  await learner.set(`${access.prefix}a`, '1')
  expect(await learner.eval("return redis.call('incr', KEYS[1])", 1, `${access.prefix}a`)).toBe(2)
  await learner.publish(`${access.prefix}news`, 'x')
  expect(await learner.info('server')).toContain('redis_version')
  expect(await inspector.get(`${access.prefix}a`)).toBe('2')
  await expect(learner.set('other', '1')).rejects.toThrow('NOPERM')
  await expect(learner.publish('other', 'x')).rejects.toThrow('NOPERM')
  await expect(learner.eval("return redis.call('set', 'other', '1')", 0)).rejects.toThrow(/NOPERM|ACL/)
})

test('everything that outlives a FLUSHALL, stops the server or tells of others is refused', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const learner = await login(access.learner)
  const commands = [
    'FLUSHALL',
    'FLUSHDB',
    'CONFIG GET *',
    'CONFIG SET dir /tmp',
    'SELECT 1',
    'SWAPDB 0 1',
    'FUNCTION LIST',
    'SCRIPT FLUSH',
    'SCRIPT KILL',
    'SCRIPT DEBUG SYNC',
    'ACL LIST',
    'ACL SETUSER me on',
    'ROLE',
    'SHUTDOWN',
    'SAVE',
    'BGSAVE',
    'MONITOR',
    'CLIENT LIST',
    'CLIENT KILL TYPE normal',
    'CLIENT PAUSE 1000',
    'MODULE LIST',
    'REPLICAOF NO ONE',
    'KEYS *',
    'SLOWLOG GET',
    'LATENCY RESET',
  ]
  for (const command of commands) {
    const [name = '', ...rest] = command.split(' ')
    await expect(learner.call(name, ...rest), command).rejects.toThrow('NOPERM')
  }
})

test('an exercise may take scripts away and give single commands', async () => {
  access = await leaseFor(engine, 'redis', { redis: { scripts: false, commands: ['+config|get'] } })
  const learner = await login(access.learner)
  await expect(learner.eval('return 1', 0)).rejects.toThrow('NOPERM')
  await expect(learner.call('SCRIPT', 'LOAD', 'return 1')).rejects.toThrow('NOPERM')
  expect(await learner.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', `${128 * 1024 ** 2}`])
})

test('nobody gets in without the right password, least of all as the default user', async () => {
  access = await leaseFor(engine, 'redis', usual)
  await expect(login().then((stranger) => stranger.ping())).rejects.toThrow()
  for (const [user, password] of [
    ['default', ''],
    ['default', 'default'],
    [access.inspector.user, access.learner.password],
    [access.learner.user, ''],
    ['nobody', ''],
  ] as const)
    await expect(login().then((stranger) => stranger.call('AUTH', user, password))).rejects.toThrow()
})

test('it is frozen and thawed, and a restart keeps address and users', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const learner = await login(access.learner)
  await engine.pause()
  const answer = learner.ping()
  expect(await engine.isHealthy()).toBe(false)
  await engine.unpause()
  expect(await answer).toBe('PONG')
  await engine.restart()
  expect(await engine.isHealthy()).toBe(true)
  expect(await (await login(access.learner)).ping()).toBe('PONG')
})

test('the next lease meets another server: no keys, functions, scripts, users or settings of the last', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const [before, { containerId }] = [access, engine]
  const learner = await login(access.learner)
  const inspector = await login(access.inspector)
  await learner.set(`${access.prefix}a`, '1')
  const script = (await learner.script('LOAD', 'return 1')) as string
  await inspector.function('LOAD', "#!lua name=left\nredis.register_function('left', function() return 1 end)")
  await inspector.config('SET', 'maxmemory', '1mb')
  expect(await engine.release()).toBe('clean')

  access = await leaseFor(engine, 'redis', usual)
  expect(engine.containerId).toBe(containerId)
  expect(await engine.isUnharmed()).toBe(true)
  const fresh = await login(access.inspector)
  expect(await fresh.dbsize()).toBe(0)
  expect(await fresh.function('LIST')).toEqual([])
  expect(await fresh.script('EXISTS', script)).toEqual([0])
  expect(await fresh.config('GET', 'maxmemory')).toEqual(['maxmemory', `${128 * 1024 ** 2}`])
  await expect(login(before.learner)).rejects.toThrow()
  await expect(learner.ping()).rejects.toThrow()
})

test('a server that ends by itself is not followed by another', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const inspector = await login(access.inspector)
  await inspector.shutdown('NOSAVE').catch(() => {})
  await expect.poll(() => engine.isUnharmed()).toBe(false)
  expect(await engine.isHealthy()).toBe(false)
  expect(await engine.release()).toBe('discard')
})

test('a server that is killed for want of memory says so', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const inspector = await login(access.inspector)
  await inspector.config('SET', 'maxmemory', '0')
  await inspector.config('SET', 'proto-max-bulk-len', '2gb')
  await inspector.setrange('large', 400 * 1024 ** 2, 'x').catch(() => {})
  await expect.poll(() => engine.ranOutOfMemory()).toBe(true)
  expect(await engine.release()).toBe('discard')
})

test('one that does not begin anew is not given to anybody', async () => {
  access = await leaseFor(engine, 'redis', usual)
  await engine.pause()
  expect(await engine.release()).toBe('discard')
})

test('a script that never ends leaves it healthy, and ends with the lease', async () => {
  access = await leaseFor(engine, 'redis', usual)
  const learner = await login(access.learner)
  void learner.eval('while true do end', 0).catch(() => {})
  const inspector = await login(access.inspector).catch(() => null)
  await inspector?.ping().catch(() => {})
  expect(await engine.isHealthy()).toBe(true)
  expect(await engine.release()).toBe('clean')
  access = await leaseFor(engine, 'redis', usual)
  expect(await (await login(access.learner)).ping()).toBe('PONG')
})
