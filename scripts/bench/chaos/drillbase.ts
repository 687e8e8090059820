import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import Docker from 'dockerode'
import { ownerLabel } from '../../../graders/slot/owner.ts'
import type { Health } from '../../../server/api/contract.ts'
import { type OpenOptions, openStore } from '../../../server/store/open.ts'
import type { Store } from '../../../server/store/store.ts'
import { startProcess, type TestProcess } from '../../../server/test-process.ts'
import { startTestPostgres, type TestPostgres } from '../../test-postgres.ts'

const contents = [
  join(import.meta.dirname, '..', '..', '..', 'server', 'content', 'fixtures', 'course'),
  join(import.meta.dirname, '..', '..'),
].join(delimiter)

/**
 * The real program, started again whenever it is gone, and a look at its store from beside. On PostgreSQL a second grading
 * process works for the same store, as on another machine.
 */
export class Drillbase {
  readonly docker = new Docker()
  readonly place: OpenOptions
  readonly store: Store
  address = ''
  private readonly postgres: TestPostgres | null
  private readonly programs = new Map<'main' | 'worker', TestProcess>()
  private readonly everyPid = new Set<number>()
  private stopping: Promise<number> | null = null

  private constructor(place: OpenOptions, store: Store, postgres: TestPostgres | null) {
    this.place = place
    this.store = store
    this.postgres = postgres
  }

  static async start(dialect: 'sqlite' | 'postgres'): Promise<Drillbase> {
    const dataDir = await mkdtemp(join(tmpdir(), 'drillbase-chaos-'))
    const postgres = dialect === 'postgres' ? await startTestPostgres() : null
    const place = { dataDir, ...(postgres ? { databaseUrl: postgres.url } : {}) }
    const chaos = new Drillbase(place, await openStore(place), postgres)
    await chaos.run('main')
    if (postgres) await chaos.run('worker')
    await chaos.ready()
    return chaos
  }

  /** Images may have to be made first; a worker that is killed over and over would never come to an end with them. */
  private async ready(): Promise<void> {
    for (;;) {
      const { grader } = (await (await fetch(`${this.address}/api/health`)).json()) as Health
      if (grader.state === 'ready') return
      if (grader.state === 'unavailable') throw new Error(grader.message ?? 'there is no container engine')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  /** Process ids of grading processes that live. */
  workers(): number[] {
    const main = this.programs.get('main')?.child.pid
    const workers = [...(main === undefined ? [] : childrenOf(main)), this.programs.get('worker')?.child.pid ?? 0]
    const alive = workers.filter((pid) => /worker\.ts/.test(commandOf(pid)))
    for (const pid of alive) this.everyPid.add(pid)
    return alive
  }

  judges(): number[] {
    return this.workers().flatMap((worker) => childrenOf(worker).filter((pid) => /judge\.ts/.test(commandOf(pid))))
  }

  server(): number | undefined {
    return this.programs.get('main')?.child.pid
  }

  /** Containers of this run only, running, whose image has this in its name. */
  async containers(part: string): Promise<Docker.ContainerInfo[]> {
    this.workers()
    const all = await this.docker.listContainers({ all: true, filters: { label: [ownerLabel] } })
    return all.filter(
      ({ Labels, Image, State }) =>
        this.everyPid.has(Number(Labels[ownerLabel]?.split('/')[1])) &&
        Image.includes(part) &&
        (part === '' || State === 'running'),
    )
  }

  async requeueDead(): Promise<number> {
    const dead = await this.store.submissions.dead()
    for (const { id } of dead) await this.store.submissions.requeue(id, Date.now())
    return dead.length
  }

  /** Resolves with how many containers are left. */
  stop(): Promise<number> {
    this.stopping ??= this.end()
    return this.stopping
  }

  private async end(): Promise<number> {
    this.workers()
    for (const { child, ended } of this.programs.values()) {
      child.kill('SIGTERM')
      await ended
    }
    const orphans = await this.containers('')
    await this.store.close()
    await this.postgres?.stop()
    await rm(this.place.dataDir, { recursive: true, force: true })
    return orphans.length
  }

  /** The last words of both programs, for whoever wonders what went wrong. */
  words(): string {
    return [...this.programs.values()].map((program) => program.output().slice(-4_000)).join('\n')
  }

  private async run(program: 'main' | 'worker'): Promise<void> {
    const started = startProcess(
      {
        DATA_DIR: this.place.dataDir,
        DATABASE_URL: this.place.databaseUrl ?? '',
        CONTENT_DIR: contents,
        // Their run folders lie there, so that none of another Drillbase is deleted.
        TMPDIR: this.place.dataDir,
        GRADING_SLOTS: this.postgres ? '1' : '2',
        LEASE_MS: '5000',
        HEARTBEAT_MS: '500',
        QUEUE_POLL_MS: '200',
        RETRY_BACKOFF_MS: '200',
        DRAIN_MS: '2000',
      },
      { program },
    )
    this.programs.set(program, started)
    void started.ended.then(() => {
      if (!this.stopping) void this.run(program)
    })
    if (program === 'main') this.address = await started.address.catch(() => '')
  }
}

function childrenOf(pid: number): number[] {
  try {
    const words = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return words === '' ? [] : words.split(' ').map(Number)
  } catch {
    return []
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

/** Folders that workers keep their sockets in. */
export function runFolders({ place }: Drillbase): string[] {
  return readdirSync(place.dataDir)
    .filter((name) => /^drillbase-\d+$/.test(name))
    .flatMap((name) => readdirSync(join(place.dataDir, name)).map((worker) => join(place.dataDir, name, worker)))
}
