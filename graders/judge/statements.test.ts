import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { statementCounters } from './statements.ts'

type Protocol = keyof typeof statementCounters

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const pgMessage = (type: string, body = '') =>
  Buffer.concat([Buffer.from(type), int32(body.length + 4), Buffer.from(body)])
const pgStart = Buffer.concat([int32(8), int32(80_877_103), int32(9 + 6), int32(196_608), Buffer.from('user\0a\0')])
const redisCommand = (...parts: string[]) =>
  Buffer.from(`*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`)
function mongoMessage(name: string, { opcode = 2013, flags = 0 } = {}): Buffer {
  const document = Buffer.concat([Buffer.alloc(4), Buffer.from([16]), Buffer.from(`${name}\0`), Buffer.alloc(40)])
  const head = Buffer.alloc(21)
  head.writeInt32LE(21 + document.length, 0)
  head.writeInt32LE(opcode, 12)
  head.writeInt32LE(flags, 16)
  return Buffer.concat([head, document])
}

const streams: [string, Protocol, number, Buffer[]][] = [
  [
    'a simple query, a prepared one that runs twice, what belongs to it, and a farewell',
    'postgres',
    3,
    [
      pgStart,
      pgMessage('p', 'QQQQQEEEEE'),
      pgMessage('Q', 'select 1; select 2'),
      ...['P', 'B', 'E', 'B', 'E', 'S', 'X'].map((type) => pgMessage(type, 'E'.repeat(40))),
    ],
  ],
  ['a rejected request for encryption', 'postgres', 1, [pgStart.subarray(0, 8), pgStart.subarray(8), pgMessage('Q')]],
  [
    'a log-in, a pipeline of three, an empty argument and a command that is data',
    'redis',
    5,
    [
      redisCommand('HELLO', '3', 'AUTH', 'a', 'b'),
      redisCommand('CLIENT', 'SETINFO', 'lib-name', 'x'),
      redisCommand('ZADD', 'k', '1', 'm'),
      redisCommand('SET', 'k', ''),
      redisCommand('SET', 'k', '*1\r\n$4\r\nPING\r\n'),
      redisCommand('get', 'k'),
      redisCommand('PING'),
    ],
  ],
  ['commands as lines, and arrays of nothing', 'redis', 2, [Buffer.from('PING\r\n*0\r\n\r\n*-1\r\nget a\r\n')]],
  [
    'two commands between heartbeats, one compressed, one without an answer',
    'mongodb',
    4,
    [
      mongoMessage('isMaster', { opcode: 2004 }),
      mongoMessage('hello'),
      mongoMessage('saslStart'),
      mongoMessage('find'),
      mongoMessage('hello'),
      mongoMessage('insert', { flags: 2 }),
      mongoMessage('', { opcode: 2012 }),
      mongoMessage('ping'),
      mongoMessage('endSessions'),
    ],
  ],
]

describe('statements are counted', () => {
  test.each(streams)('%s (%s)', (_, protocol, expected, parts) => {
    const whole = Buffer.concat(parts)
    for (const size of [whole.length, 1, 2, 3, 7, 16, 41]) {
      const counter = statementCounters[protocol]()
      let found = 0
      for (let at = 0; at < whole.length; at += size) found += counter.see(whole.subarray(at, at + size))
      expect(found, `in chunks of ${size}`).toBe(expected)
    }
  })

  test('what its sender waits for is told from heartbeats, farewells and writes without an answer', () => {
    const postgres = statementCounters.postgres()
    const asked = [pgStart, pgMessage('Q'), pgMessage('X')].map((chunk) => {
      postgres.see(chunk)
      return postgres.asks
    })
    expect(asked).toEqual([true, true, false])
    const mongodb = statementCounters.mongodb()
    const long = mongoMessage('insert')
    const chunks = [
      mongoMessage('hello'),
      long.subarray(0, 60),
      long.subarray(60),
      mongoMessage('insert', { flags: 2 }),
    ]
    expect(
      chunks.map((chunk) => {
        mongodb.see(chunk)
        return mongodb.asks
      }),
    ).toEqual([false, true, true, false])
  })
})

describe('a hostile stream', () => {
  const nonsense: [string, Protocol, Buffer][] = [
    ['a length below the smallest', 'postgres', Buffer.concat([pgStart, Buffer.from('Q'), int32(3)])],
    ['a length beyond the largest', 'postgres', Buffer.concat([pgStart, Buffer.from('Q'), int32(0xffff_ffff)])],
    ['no start', 'postgres', Buffer.alloc(8, 0xff)],
    ['an array of more than there may be', 'redis', Buffer.from('*99999999\r\n')],
    ['a number without end', 'redis', Buffer.from(`*${'1'.repeat(100)}`)],
    ['a string of negative length', 'redis', Buffer.from('*1\r\n$-5\r\n')],
    ['something else where a string belongs', 'redis', Buffer.from('*2\r\n$4\r\nPING\r\n:5\r\n')],
    ['a message shorter than its header', 'mongodb', Buffer.alloc(16, 1).fill(0, 1, 4)],
    ['a negative length', 'mongodb', Buffer.alloc(16, 0xff)],
  ]
  test.each(nonsense)('%s (%s) is not counted further', (_, protocol, bytes) => {
    const counter = statementCounters[protocol]()
    const before = counter.see(bytes)
    expect(before).toBeLessThanOrEqual(1)
    for (const one of [pgMessage('Q'), redisCommand('PING'), mongoMessage('find')]) expect(counter.see(one)).toBe(0)
  })

  test.each(Object.keys(statementCounters) as Protocol[])('%s: noise of any kind never throws', (protocol) => {
    const seed = (round: number) => createHash('sha512').update(`${protocol} ${round}`).digest()
    for (let round = 0; round < 3_000; round++) {
      const counter = statementCounters[protocol]()
      const noise = seed(round)
      // Half of it begins like the real thing.
      const start = { postgres: pgStart, redis: redisCommand('GET', 'a'), mongodb: mongoMessage('find') }[protocol]
      if (round % 2 === 0) counter.see(start)
      const found = counter.see(noise) + counter.see(noise.subarray(0, 1 + (round % 60)))
      expect(found).toBeGreaterThanOrEqual(0)
    }
  })
})
