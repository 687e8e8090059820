import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Labels by which sweep.ts finds what a crash left behind. */
export const ourLabel = 'org.drillbase'
export const ownerLabel = 'org.drillbase.owner'

/** Whose containers they are: machine, process, and when that process began, because process ids come again. */
export const owner = `${hostname()}/${process.pid}/${beganAt(process.pid)}`
export const labels: Record<string, string> = { [ourLabel]: '1', [ownerLabel]: owner }

/** `unknown` is for owners on another machine or in another container, whose processes can't be seen from here. */
export function ownerState(label: string): 'alive' | 'gone' | 'unknown' {
  const [machine, pid, began] = label.split('/')
  if (machine !== hostname() || pid === undefined) return 'unknown'
  return beganAt(Number(pid)) === began ? 'alive' : 'gone'
}

/** Clock ticks since boot (proc(5), stat, field 22), or null when there is no such process. */
function beganAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name in parentheses and may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
