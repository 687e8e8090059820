import { readFile } from 'node:fs/promises'
import { type ControlGroup, groupOf, oomKillsIn } from './cgroup.ts'

/**
 * The first process of a running container, looked up once: the kernel then answers within a millisecond what Docker
 * takes 5 to 60 ms for.
 */
export class FirstProcess {
  readonly #pid: number
  readonly #beganAt: string
  readonly #group: ControlGroup

  private constructor(pid: number, beganAt: string, group: ControlGroup) {
    this.#pid = pid
    this.#beganAt = beganAt
    this.#group = group
  }

  /** `pid` as the host counts. Null where it is gone, or where the host's processes can't be seen from here. */
  static async find(pid: number, containerId: string): Promise<FirstProcess | null> {
    try {
      const { beganAt } = await look(pid)
      return new FirstProcess(pid, beganAt, await groupOf(pid, containerId, 'memory'))
    } catch {
      return null
    }
  }

  /**
   * It runs, and the OOM killer never struck inside the container. False where either is in doubt: whoever must know
   * then asks Docker.
   */
  async isUnharmed(): Promise<boolean> {
    try {
      const [{ beganAt, isOver }, kills] = await Promise.all([look(this.#pid), oomKillsIn(this.#group)])
      return beganAt === this.#beganAt && !isOver && kills === 0
    } catch {
      return false
    }
  }
}

/** proc(5), stat: state is field 3, the start in clock ticks since boot is field 22; it tells a process from a later one with the same id. */
async function look(pid: number): Promise<{ beganAt: string; isOver: boolean }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { beganAt: fields[19] ?? '', isOver: fields[0] === 'Z' || fields[0] === 'X' }
}
