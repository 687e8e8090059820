import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import Docker from 'dockerode'
import { residentBytes } from '../../../graders/sandbox/cgroup.ts'
import { ownerLabel } from '../../../graders/slot/owner.ts'

/** Memory of the program: its processes, shared pages split among those that share them, and its containers' own pages. */
export type Memory = { processesBytes: number; containersBytes: number; processes: number; containers: number }

/** Seconds of processor time since the machine or the process began. */
export type Processor = { machine: number; program: number; containerEngine: number }

/** To look costs some 20 ms of processor time, which the verdicts would lack. */
const sampleMs = 2_000
/** What `getconf CLK_TCK` says on every Linux that Node runs on. */
const ticksPerSecond = 100

type Stat = { pid: number; name: string; parent: number; ticks: number }

/** All processes, or those that are still there when they are looked at. Fields: proc(5), /proc/pid/stat. */
function processes(): Stat[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'latin1')
      const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
      // utime, stime, and both of the children that have ended and were waited for.
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
      return [{ pid: Number(entry), name, parent: Number(fields[1]), ticks }]
    } catch {
      return []
    }
  })
}

function treeOf(root: number, all: Stat[]): Stat[] {
  const children = all.filter(({ parent }) => parent === root).flatMap(({ pid }) => treeOf(pid, all))
  return [...all.filter(({ pid }) => pid === root), ...children]
}

export function processor(root: number): Processor {
  const all = processes()
  const seconds = (some: Stat[]) => some.reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond
  // user, nice, system, then idle and waiting, then interrupts: what was busy.
  const cpu = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? []
  const busy = cpu.slice(0, 7).reduce((sum, ticks, field) => (field === 3 || field === 4 ? sum : sum + ticks), 0)
  return {
    machine: busy / ticksPerSecond,
    program: seconds(treeOf(root, all)),
    containerEngine: seconds(all.filter(({ name }) => name === 'dockerd' || name === 'containerd')),
  }
}

/** Looks at the program's memory again and again. */
export class MemoryWatch {
  readonly #root: number
  readonly #docker = new Docker()
  readonly #pids = new Map<string, number>()
  readonly #stop = new AbortController()
  #peak: Memory | undefined
  #watching: Promise<void> | undefined

  constructor(root: number) {
    this.#root = root
  }

  async now(): Promise<Memory> {
    const tree = treeOf(this.#root, processes())
    const members = new Set(tree.map(({ pid }) => String(pid)))
    const processesBytes = tree.reduce((sum, { pid }) => sum + proportionalBytes(pid), 0)
    const all = await this.#docker.listContainers({ filters: { label: [ownerLabel] } })
    // An owner is machine, process, begin: ours is in the tree.
    const own = all.filter(({ Labels }) => members.has(Labels[ownerLabel]?.split('/')[1] ?? ''))
    const sizes = await Promise.all(own.map(({ Id }) => this.#containerBytes(Id)))
    const containersBytes = sizes.reduce((sum, size) => sum + size, 0)
    return { processesBytes, containersBytes, processes: tree.length, containers: own.length }
  }

  start(): void {
    this.#watching = this.#watch()
  }

  /** The moment at which the whole was largest. */
  async end(): Promise<Memory> {
    this.#stop.abort()
    await this.#watching
    return this.#peak ?? this.now()
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const memory = await this.now()
      const whole = ({ processesBytes, containersBytes }: Memory) => processesBytes + containersBytes
      if (!this.#peak || whole(memory) > whole(this.#peak)) this.#peak = memory
      await wait(sampleMs, undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }

  async #containerBytes(id: string): Promise<number> {
    const container = this.#docker.getContainer(id)
    try {
      const pid = this.#pids.get(id) ?? (await container.inspect()).State.Pid
      this.#pids.set(id, pid)
      return await residentBytes(container, pid)
    } catch {
      // It has ended meanwhile.
      return 0
    }
  }
}

function proportionalBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
