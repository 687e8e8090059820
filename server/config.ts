import { availableParallelism, homedir, totalmem } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { z } from 'zod'

/** Every setting with its name, unit and default. The sole reader of process.env in the server. */

/** The message is for a person and says which variable is wrong and why. */
export class ConfigError extends Error {
  readonly code = 'invalid-config'
  override readonly name = 'ConfigError'
}

const count = (fallback: number, least = 1, most = 1_000) =>
  z.coerce.number().int().min(least).max(most).default(fallback)
const milliseconds = (fallback: number) => z.coerce.number().int().min(10).max(3_600_000).default(fallback)
const list = (separator: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(separator)
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )

const variables = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free port, which the first line of output names. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(4400),
  /** Outside the clone, so that cleaning the clone cannot delete a learner's history. */
  DATA_DIR: z
    .string()
    .min(1)
    .default(join(homedir(), '.local', 'share', 'drillbase')),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'expected postgres://user:password@host/database' })
    .optional(),
  /** More content folders beside exercises/. */
  CONTENT_DIR: list(delimiter),
  /** Further names (host or host:port) under which the page may be opened. */
  ALLOWED_HOSTS: list(','),
  /** OCI runtime of sandboxes, such as runsc; the container engine's own unless set. */
  SANDBOX_RUNTIME: z.string().min(1).optional(),
  /** Grading processes this one starts; 0 where grading runs on other machines. */
  WORKERS: count(1, 0, 1),
  /** Submissions graded at once by one grading process. */
  GRADING_SLOTS: count(Math.min(2, availableParallelism()), 1, 64),
  /** Unused engines of each kind, and unused sandboxes over all exercises and languages, kept ready. */
  WARM_ENGINES: count(1, 0, 16),
  WARM_SANDBOXES: count(4, 0, 16),
  /** What all of them, and the unused judges, may take together, mebibytes: beyond it the longest unused are given back. */
  WARM_MEMORY_MB: count(Math.min(1_024, Math.floor(totalmem() / 4 / 1024 ** 2)), 0, 1_048_576),
  /** Waiting submissions beyond which new ones are refused. */
  QUEUE_LENGTH: count(100, 1, 100_000),
  /** A job without a heartbeat for so long is another worker's. */
  LEASE_MS: milliseconds(20_000),
  HEARTBEAT_MS: milliseconds(3_000),
  /** How often a job is tried when something of ours breaks, and the first pause before a retry; it doubles. */
  GRADING_ATTEMPTS: count(5, 1, 20),
  RETRY_BACKOFF_MS: milliseconds(1_000),
  /** How often a worker looks by itself; what is new usually wakes it. */
  QUEUE_POLL_MS: milliseconds(1_000),
  /** How long jobs under way may go on when the process is told to end. */
  DRAIN_MS: milliseconds(10_000),
})

export type Config = {
  host: string
  port: number
  dataDir: string
  databaseUrl: string | undefined
  contentDirs: string[]
  allowedHosts: string[]
  sandboxRuntime: string | undefined
  workers: number
  gradingSlots: number
  warmEngines: number
  warmSandboxes: number
  warmBytes: number
  queueLength: number
  leaseMs: number
  heartbeatMs: number
  gradingAttempts: number
  retryBackoffMs: number
  queuePollMs: number
  drainMs: number
}

const ownContent = resolve(import.meta.dirname, '..', 'exercises')

/** Reads and checks the settings; an empty variable counts as not set. Throws ConfigError. */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const read = variables.safeParse(set)
  if (!read.success) {
    const wrong = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`Settings are wrong. ${wrong.join('; ')}`)
  }
  const value = read.data
  if (!isLoopback(value.HOST)) {
    throw new ConfigError(
      `HOST=${value.HOST} would let other machines in, and there are no accounts yet to tell learners apart. Leave HOST unset, and reach this machine through an SSH tunnel.`,
    )
  }
  if (value.HEARTBEAT_MS * 2 > value.LEASE_MS) {
    throw new ConfigError('LEASE_MS must be at least twice HEARTBEAT_MS, or one late heartbeat loses the job.')
  }
  return {
    host: value.HOST,
    port: value.PORT,
    dataDir: resolve(value.DATA_DIR),
    databaseUrl: value.DATABASE_URL,
    contentDirs: [ownContent, ...value.CONTENT_DIR.map((folder) => resolve(folder))],
    allowedHosts: value.ALLOWED_HOSTS,
    sandboxRuntime: value.SANDBOX_RUNTIME,
    workers: value.WORKERS,
    gradingSlots: value.GRADING_SLOTS,
    warmEngines: value.WARM_ENGINES,
    warmSandboxes: value.WARM_SANDBOXES,
    warmBytes: value.WARM_MEMORY_MB * 1024 ** 2,
    queueLength: value.QUEUE_LENGTH,
    leaseMs: value.LEASE_MS,
    heartbeatMs: value.HEARTBEAT_MS,
    gradingAttempts: value.GRADING_ATTEMPTS,
    retryBackoffMs: value.RETRY_BACKOFF_MS,
    queuePollMs: value.QUEUE_POLL_MS,
    drainMs: value.DRAIN_MS,
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
