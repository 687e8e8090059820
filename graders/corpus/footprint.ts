import { readdirSync, readFileSync } from 'node:fs'

const everyMs = 50
const mebibyte = 1024 ** 2

/** Processes that this one started and that still are. */
export const children = (): number[] =>
  readdirSync('/proc/self/task')
    .flatMap((thread) => textOf(`/proc/self/task/${thread}/children`).split(' '))
    .filter((pid) => pid !== '')
    .map(Number)

/** The largest that this process and any one of its children ever are, in MiB of resident memory, until `stop()`. */
export function watchMemory() {
  const most = { workerMib: 0, judgeMib: 0 }
  const look = () => {
    most.workerMib = Math.max(most.workerMib, residentMib(process.pid))
    for (const pid of children()) most.judgeMib = Math.max(most.judgeMib, residentMib(pid))
  }
  const timer = setInterval(look, everyMs)
  return {
    stop() {
      clearInterval(timer)
      return most
    },
  }
}

/** 0 for a process that is gone. */
const residentMib = (pid: number): number =>
  (Number(/^VmRSS:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024) / mebibyte

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
