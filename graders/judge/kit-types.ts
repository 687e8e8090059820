import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Redis } from 'ioredis'
import type { Db, IndexDescription } from 'mongodb'
import type pg from 'pg'

/**
 * What a hidden suite sees: the types of `drillbase/kit`. Every suite and every engine meets here and nowhere else.
 *
 *     import { expect, test } from 'vitest'
 *     import { random, submission, until, use } from 'drillbase/kit'
 *
 *     const db = use.postgres({ schema: 'create table accounts (id text primary key, balance bigint not null)' })
 *
 *     test('moves_exact_bigint_amounts', async () => {
 *       await db.inspect.query('insert into public.accounts values ($1, $2)', ['a', 10n])
 *       const result = await submission.call('transfer', db.cfg, { from: 'a', … })
 *     })
 *
 * Before each test the kit empties the engines, seeds them (`seed`), resets proxies and faults. After each test it ends
 * spawned processes and stops forgotten handles, thawing first.
 */

/** The running process of the submission. A dead one is replaced before the next test. */
export interface Submission {
  /**
   * Calls an exported function by its camelCase name. Arguments may hold bigint, Date, Uint8Array, Set, undefined and functions
   * (callbacks: the submission's call comes back as a call of the function; an object with functions among its arguments can
   * be called, and answers with JSON). The result has exactly the declared schema.
   * Rejects with SubmissionError when the function throws, when the result does not fit, or when the process dies.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the declared schema is data; a suite asserts on it
  call<T = any>(fn: string, ...args: unknown[]): Promise<T>
  /** Another process of the same submission on the same engines; ended after the test. */
  spawn(options?: { clockSkewMs?: number }): Promise<Submission>
  /** SIGKILL. Calls that are under way reject with code SANDBOX_EXIT. */
  kill(): Promise<void>
  /** Memory of this process's container, from its cgroup. */
  rssBytes(): Promise<number>
  /** Freezes the process, so that a background loop cannot race with a check. */
  pause(): Promise<void>
  unpause(): Promise<void>
}

/** What a call rejects with. `code` and `data` are the submission's own, or one of the kit's: SANDBOX_EXIT, BAD_RESULT, PROTOCOL. */
export interface SubmissionError extends Error {
  code: string | null
  data: unknown
}

/** Counts bytes and turns between submission and engine since the last reset; bends the connection on request. */
export interface Proxy {
  /** Zeroes the counters and heals delay, hole and refusal. The kit calls it before every test. */
  reset(): void
  readonly connections: number
  readonly openConnections: number
  readonly maxOpenConnections: number
  /** Changes of direction from answering to asking: the round trips of a request-reply protocol. */
  readonly turns: number
  readonly bytesUp: number
  readonly bytesDown: number
  /** Holds every chunk back for so long, in both directions. */
  delay(ms: number): void
  /** Accepts and swallows everything, answers nothing; `false` heals it (swallowed bytes stay lost: cut as well). */
  hole(on: boolean): void
  refuse(on: boolean): void
  /** Destroys every open connection. */
  cut(): void
}

export interface PostgresHandle {
  /** First argument of the submission's functions: `{ pg: { host, port, user, password, database } }`. */
  readonly cfg: { pg: { host: string; port: number; user: string; password: string; database: string } }
  /** Owner of the fixtures, never superuser, empty search_path: write `public.accounts`. bigint comes back as string, as pg does. */
  readonly inspect: pg.Pool
  /** The learner's backends now: pid, state, wait_event_type, query. */
  sessions(): Promise<{ pid: number; state: string | null; waitEventType: string | null; query: string }[]>
  /** Deadlocks that the server ended since the test began (or the proxy's last reset), seen on the wire, so at once. */
  deadlocks(): Promise<number>
  readonly faults: {
    /** Ends the learner's backends (or just these), and returns how many were ended. */
    terminateBackends(pids?: number[]): Promise<number>
    /** Resolves once the engine is frozen; it goes on by itself after `ms`, or when the test ends. */
    pause(ms: number): Promise<void>
    /** Resolves when the inspector gets answers again. */
    restart(): Promise<void>
  }
  readonly proxy: Proxy
}
export interface MongodbHandle {
  readonly cfg: { mongo: { url: string; db: string } }
  readonly inspect: Db
  readonly faults: { pause(ms: number): Promise<void>; restart(): Promise<void> }
  readonly proxy: Proxy
}
export interface RedisHandle {
  readonly cfg: { redis: { host: string; port: number; username: string; password: string; prefix: string } }
  /** The admin's connection; keys are written out in full, prefix included (`cfg.redis.prefix`). */
  readonly inspect: Redis
  /** `prefix` + name. */
  key(name: string): string
  /** Lines of CLIENT LIST that belong to the learner's user, parsed. */
  clients(): Promise<Record<string, string>[]>
  readonly faults: {
    killClients(): Promise<number>
    pause(ms: number): Promise<void>
    restart(): Promise<void>
    /** Sets maxmemory so low, with noeviction, that the next write is refused; `false` heals it. */
    outOfMemory(on: boolean): Promise<void>
  }
  readonly proxy: Proxy
}

export type DynamodbRequest = {
  op: string
  body: Record<string, unknown>
  region: string
  at: number
  status: number | null
}
/** What to do with one request. Without an answer it passes. */
export type DynamodbRule = (
  op: string,
  // biome-ignore lint/suspicious/noExplicitAny: a request body is whatever the SDK sent
  body: any,
  n: number,
) =>
  | undefined
  | { fail: { type: string; message?: string; status?: number; extra?: Record<string, unknown> } }
  /** Forwarded, executed, and the reply dropped. */
  | { lost: true }
  | { delay: number }
  /** Forwards this body instead. */
  | { replace: Record<string, unknown> }
  /** Rewrites the engine's answer; a promise holds it back until the test lets it go. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the engine sent
  | { after: (answer: any) => unknown }

export type CollectionShape = { name: string; indexes?: IndexDescription[] }

export type TableShape = {
  name: string
  hash: string
  range?: string
  /** Key attributes that are not strings. */
  types?: Record<string, 'S' | 'N' | 'B'>
  globalIndexes?: {
    name: string
    hash: string
    range?: string
    projection?: 'ALL' | 'KEYS_ONLY' | { include: string[] }
  }[]
  localIndexes?: { name: string; range: string; projection?: 'ALL' | 'KEYS_ONLY' | { include: string[] } }[]
  stream?: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY'
}
export interface DynamodbHandle {
  readonly cfg: { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
  /** Not through the proxy's rules, not in its log. */
  readonly inspect: { client: DynamoDBClient; doc: DynamoDBDocumentClient }
  createTable(shape: TableShape): Promise<void>
  /** Every item of a table, read consistently, all pages. Large whole numbers are bigint, others as near as JavaScript comes. */
  scan(table: string): Promise<Record<string, unknown>[]>
  readonly faults: { pause(ms: number): Promise<void>; restart(): Promise<void> }
  readonly proxy: Proxy & {
    readonly log: DynamodbRequest[]
    count(op: string): number
    /** One rule at a time; null removes it. `n` counts requests since the rule was set, from 1. */
    rule(rule: DynamodbRule | null): void
  }
}

export interface Use {
  /** `schema` runs once as the fixtures' owner; before each test every table is emptied (restart identity), then `seed` runs. */
  postgres(options?: { schema?: string; seed?: (inspect: pg.Pool) => Promise<unknown> }): PostgresHandle
  /** Before each test `collections`, which are created once, are emptied and all others dropped; then `seed` runs. */
  mongodb(options?: { collections?: CollectionShape[]; seed?: (inspect: Db) => Promise<unknown> }): MongodbHandle
  redis(options?: { seed?: (inspect: Redis) => Promise<unknown> }): RedisHandle
  /** `tables` are created once and emptied before each test; other tables are deleted. Another `region` is another store. */
  dynamodb(options?: {
    region?: string
    tables?: TableShape[]
    seed?: (doc: DynamoDBDocumentClient) => Promise<unknown>
  }): DynamodbHandle
}

/** Chance from one seed per run, so that a failing run can be repeated. */
export interface Random {
  readonly seed: string
  /** Both ends included. */
  int(from: number, to: number): number
  bigint(from: bigint, to: bigint): bigint
  pick<T>(values: readonly T[]): T
  shuffle<T>(values: readonly T[]): T[]
  /** Lower-case letters and digits, starting with a letter; unlikely to repeat. */
  name(prefix?: string): string
  /** Text with quotes, percent signs, backslashes and non-ASCII letters. */
  text(length?: number): string
}

/**
 * Of sample.test.ts only: one line of what the learner sees of a run. A promise is waited for; an error of the submission is
 * shown with its trace and does not end the sample. Bounded (graders/sample.ts).
 */
export type Show = (label: string, value: unknown) => Promise<void>

/** Waits for a condition by asking again every few milliseconds; rejects, naming `what`, when the deadline passes. */
export type Until = <T>(condition: () => T | Promise<T>, deadlineMs: number, what?: string) => Promise<NonNullable<T>>

/** Asserts that a call rejects with this code, and returns the error. */
export type Rejects = (call: Promise<unknown>, code: string) => Promise<SubmissionError>

/**
 * What the call returns or rejects with, if it ends in time; else the test fails, naming `what`. For a call that a wrong
 * submission never ends: `rejects(within(gate.run(…), soonMs), 'QUEUE_FULL')`. Being late is a rejection, too: never ask
 * `expect(within(…)).rejects.toThrow()`, which a call that hangs would pass.
 */
export type Within = <T>(call: Promise<T>, deadlineMs: number, what?: string) => Promise<T>
