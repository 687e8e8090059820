import { parseArgs } from 'node:util'
import { startPrivateDocker } from '../private-docker.ts'
import { Drillbase } from './chaos/drillbase.ts'
import { type FaultName, faults } from './chaos/faults.ts'
import { type Answered, Load } from './chaos/load.ts'
import { table } from './figures.ts'

/**
 * Load while things break: submissions with known verdicts, and every few seconds something is killed, frozen or deleted.
 *
 *     npm run bench -- chaos [--seconds 300] [--store sqlite|postgres] [--own-docker] [--json]
 *
 * With --own-docker a container engine of the bench's own is used, and restarted as well (Linux, as root).
 * Afterwards every submission that was accepted must have ended with the right verdict, once; dead letters are taken up again.
 */
export default async function chaos(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '300' },
      store: { type: 'string', default: 'sqlite' },
      'own-docker': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const ownDocker = values['own-docker'] ? await startPrivateDocker() : null
  // Found by this process's client and by every process that it starts.
  if (ownDocker) process.env.DOCKER_HOST = ownDocker.host
  const drillbase = await Drillbase.start(values.store === 'postgres' ? 'postgres' : 'sqlite')
  const load = new Load(drillbase)
  const done: Partial<Record<FaultName | typeof restartName, number>> = {}
  const names = [...(Object.keys(faults) as FaultName[]), ...(ownDocker ? ([restartName] as const) : [])]
  try {
    await load.start()
    for (const end = Date.now() + Number(values.seconds) * 1_000; Date.now() < end; ) {
      await wait(between(500, 4_000))
      const name = pick(names)
      const happened = name === restartName ? ownDocker?.restart().then(() => true) : faults[name](drillbase)
      if (await happened) done[name] = (done[name] ?? 0) + 1
    }
    await load.stop()
    let dead = 0
    let stuck = 0
    // Twice: one that died of the last faults is found dead only when its lease has run out. What is dead after that is wrong.
    for (let round = 0; round < 2; round++) {
      dead += await drillbase.requeueDead()
      stuck = await load.untilAllEnded(settleMs)
    }
    const result = { ...figures(load.answered), faults: done, dead, stuck, lost: load.lost, wrong: load.wrong.length }
    const words = drillbase.words()
    const orphans = await drillbase.stop()
    report({ name: 'chaos', store: values.store, seconds: Number(values.seconds), ...result, orphans }, values.json)
    for (const line of load.wrong) console.error(line)
    if (stuck + load.lost + load.wrong.length + orphans > 0) {
      console.error(words)
      process.exitCode = 1
    }
  } finally {
    await drillbase.stop()
    await ownDocker?.stop()
  }
}

const restartName = 'restart dockerd'
/** How long after the last fault everything must have ended. */
const settleMs = 180_000

function figures(answered: Answered[]) {
  const verdicts: Record<string, number> = {}
  for (const { verdict } of answered) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
  return { submissions: answered.length, gradedAgain: answered.filter(({ attempts }) => attempts > 1).length, verdicts }
}

function report(result: Record<string, unknown>, json: boolean): void {
  if (json) return console.log(JSON.stringify(result, null, 2))
  const rows = Object.entries(result).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ])
  console.log(table([['what', 'figure'], ...rows]))
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const between = (least: number, most: number) => least + Math.random() * (most - least)
const pick = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)] as T
