import { readFile } from 'node:fs/promises'
import type Docker from 'dockerode'

/** Where the kernel accounts for a container; `pid` is the id of its first process on the host. */
export type ControlGroup = { version: 1 | 2; folder: string }

/**
 * Rejects when no such process can be seen, or when it is not this container's: where this program itself runs in a
 * container, the host's process ids name others here, or none.
 */
export async function groupOf(
  pid: number,
  containerId: string,
  controller: 'memory' | 'cpuacct' | 'pids',
): Promise<ControlGroup> {
  const lines = (await readFile(`/proc/${pid}/cgroup`, 'utf8')).trim().split('\n')
  const groups = lines.map((line) => line.split(':') as [string, string, string])
  if (!groups.some(([, , path]) => path.includes(containerId))) throw new Error(`${pid} is not of ${containerId}`)
  const own = groups.find(([, controllers]) => controllers.split(',').includes(controller))
  if (own !== undefined) return { version: 1, folder: `/sys/fs/cgroup/${controller}${own[2]}` }
  const unified = groups.find(([, controllers]) => controllers === '')
  return { version: 2, folder: `/sys/fs/cgroup${unified?.[2]}` }
}

/**
 * How often the OOM killer struck inside: more than the fate of the first process, because a killed child leaves no other
 * trace. Null where the worker can't see the host's cgroups.
 */
export async function oomKills(pid: number, containerId: string): Promise<number | null> {
  try {
    return await oomKillsIn(await groupOf(pid, containerId, 'memory'))
  } catch {
    return null
  }
}

/** Null where the kernel does not count them. Rejects when the group is gone. */
export async function oomKillsIn({ version, folder }: ControlGroup): Promise<number | null> {
  const events = await readFile(`${folder}/${version === 1 ? 'memory.oom_control' : 'memory.events'}`, 'utf8')
  return fieldOf(events, 'oom_kill')
}

/**
 * Bytes that can't be dropped: anonymous and shared pages, without the page cache. From the cgroup's file, because Docker's
 * own figures took 0.5 s when measured; Docker is asked where the file is out of sight.
 */
export async function residentBytes(container: Docker.Container, pid: number): Promise<number> {
  try {
    const { version, folder } = await groupOf(pid, container.id, 'memory')
    const stat = await readFile(`${folder}/memory.stat`, 'utf8')
    const names = version === 1 ? ['total_rss', 'total_shmem'] : ['anon', 'shmem']
    return names.reduce((sum, name) => sum + (fieldOf(stat, name) ?? 0), 0)
  } catch {
    const stats = await container.stats({ stream: false, 'one-shot': true })
    const { total_rss, total_shmem, anon, shmem } = stats.memory_stats.stats as unknown as Record<
      string,
      number | undefined
    >
    return total_rss === undefined ? (anon ?? 0) + (shmem ?? 0) : total_rss + (total_shmem ?? 0)
  }
}

/** Processes and threads that a container has now. Null where the worker can't see the host's cgroups. */
export async function processesIn(pid: number, containerId: string): Promise<number | null> {
  try {
    const { folder } = await groupOf(pid, containerId, 'pids')
    return Number(await readFile(`${folder}/pids.current`, 'utf8'))
  } catch {
    return null
  }
}

/** Seconds of processor time that a container used so far. Null where the worker can't see the host's cgroups. */
export async function cpuSeconds(pid: number, containerId: string): Promise<number | null> {
  try {
    const { version, folder } = await groupOf(pid, containerId, 'cpuacct')
    if (version === 1) return Number(await readFile(`${folder}/cpuacct.usage`, 'utf8')) / 1e9
    const microseconds = fieldOf(await readFile(`${folder}/cpu.stat`, 'utf8'), 'usage_usec')
    return microseconds === null ? null : microseconds / 1e6
  } catch {
    return null
  }
}

function fieldOf(text: string, name: string): number | null {
  const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)
  return found === null ? null : Number(found[1])
}
