import { rmSync } from 'node:fs'
import { type Drillbase, runFolders } from './drillbase.ts'

/** Each does one bad thing; false when there was nothing to do it to. */
export const faults = {
  'kill -9 a grading process': (drillbase) => kill(pick(drillbase.workers()), 'SIGKILL'),
  'end a grading process': (drillbase) => kill(pick(drillbase.workers()), 'SIGTERM'),
  'kill -9 the server': (drillbase) => kill(drillbase.server(), 'SIGKILL'),
  'kill -9 a judge': (drillbase) => kill(pick(drillbase.judges()), 'SIGKILL'),
  'kill a sandbox': (drillbase) => killContainer(drillbase, 'runner'),
  'kill an engine': (drillbase) => killContainer(drillbase, engine()),
  'kill a gate': (drillbase) => killContainer(drillbase, 'gate'),
  'freeze an engine': (drillbase) => freeze(drillbase, engine(), 6_000),
  'freeze a sandbox': (drillbase) => freeze(drillbase, 'runner', 6_000),
  'delete a run folder': async (drillbase) => {
    const folder = pick(runFolders(drillbase))
    if (folder) rmSync(folder, { recursive: true, force: true })
    return folder !== undefined
  },
} satisfies Record<string, (drillbase: Drillbase) => Promise<boolean>>
export type FaultName = keyof typeof faults

async function kill(pid: number | undefined, signal: NodeJS.Signals): Promise<boolean> {
  if (pid === undefined) return false
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

async function killContainer(drillbase: Drillbase, part: string): Promise<boolean> {
  const found = pick(await drillbase.containers(part))
  if (!found) return false
  const container = drillbase.docker.getContainer(found.Id)
  // Sometimes it is gone by then.
  return container.kill().then(
    () => true,
    () => false,
  )
}

async function freeze(drillbase: Drillbase, part: string, ms: number): Promise<boolean> {
  const found = pick(await drillbase.containers(part))
  if (!found) return false
  const container = drillbase.docker.getContainer(found.Id)
  const frozen = await container.pause().then(
    () => true,
    () => false,
  )
  if (frozen) setTimeout(() => container.unpause().catch(() => {}), ms)
  return frozen
}

const engine = () => pick(['postgres', 'redis']) as string
const pick = <T>(list: T[]): T | undefined => list[Math.floor(Math.random() * list.length)]
