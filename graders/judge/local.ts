import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join } from 'node:path'
import { inspect } from 'node:util'
import Docker from 'dockerode'
import { expect, vi } from 'vitest'
import { parse } from 'yaml'
import type { Engine, EngineAccess } from '../engines/engine.ts'
import { startEngine } from '../engines/start.ts'
import { type EngineKind, type Exercise, exercise as exerciseSchema, extensionOf, type Language } from '../exercise.ts'
import { prepareImages } from '../images/images.ts'
import { labels } from '../slot/owner.ts'
import type { BackEnd } from './back-end.ts'
import { type EngineFaults, openLocalHost } from './local-host.ts'
import { openBackEnd } from './open-back-end.ts'
import type { SampleLog } from './show.ts'

/**
 * The kit under plain `npx vitest run …/hidden.test.ts` (or sample.test.ts), for whoever writes the suite: the submission is a child process
 * of this one, the engines are the containers that grading uses, the proxies listen on 127.0.0.1. Nothing is isolated.
 *
 *     DRILLBASE_SUBMISSION=wrong/no-lock.ts   another submission than reference/solution.ts, relative to the exercise
 *     DRILLBASE_SEED=…                        repeats a run
 *     DRILLBASE_ENGINES=engines.json          leases of engines that are up (a list of EngineAccess), used once; none is started
 */
export async function openLocalBackEnd(): Promise<BackEnd> {
  const suiteFile = expect.getState().testPath
  if (suiteFile === undefined) throw new Error('drillbase/kit belongs into a suite that vitest or a judge runs')
  const folder = dirname(suiteFile)
  const exercise = exerciseSchema.parse(parse(readFileSync(join(folder, 'exercise.yaml'), 'utf8')))
  const file = join(folder, process.env.DRILLBASE_SUBMISSION ?? 'reference/solution.ts')
  const language = languageOf(file)
  const seed = process.env.DRILLBASE_SEED ?? randomBytes(8).toString('hex')
  console.info(`${exercise.id}: ${file}, DRILLBASE_SEED=${seed}`)
  vi.setConfig({ testTimeout: exercise.limits.testMs })

  const engines = await leaseEngines(exercise)
  const inThisProcess = language === 'typescript' && !needsProcesses.test(readFileSync(suiteFile, 'utf8'))
  const host = openLocalHost(language, engines.faults, inThisProcess)
  const order = { exercise, language, code: readFileSync(file, 'utf8'), seed }
  const sample: SampleLog = {
    shown: ({ label, text }) => console.info(`${label}\n${text}`),
    inventory: (engines) => console.info(inspect(engines, { depth: 6, breakLength: 160 })),
  }
  const isSample = basename(suiteFile) === 'sample.test.ts'
  const backEnd = await openBackEnd(order, engines.leased, host, isSample ? sample : null)
  return {
    ...backEnd,
    async main() {
      const { outcome, message } = await backEnd.submission.loaded
      if (outcome !== 'loaded') throw new Error(`${outcome}: ${message ?? ''}\n${host.output()}`)
      return backEnd.main()
    },
    async close() {
      // The last test is over: what breaks in a submission of this process, now that its engine goes, is no news.
      if (inThisProcess) process.removeAllListeners('uncaughtException').on('uncaughtException', () => {})
      host.close()
      await backEnd.close()
      await engines.close()
    },
  }
}

/** A call of the suite's that needs the submission in a process of its own; an engine's pause counts too, which does no harm. */
const needsProcesses = /\.(spawn|kill|pause|unpause|rssBytes)\(/

function languageOf(file: string): Language {
  const extension = extname(file).slice(1)
  const found = (Object.keys(extensionOf) as Language[]).find((language) => extensionOf[language] === extension)
  if (!found) throw new Error(`${file} is in no language of this course`)
  return found
}

type Leases = {
  leased: { access: EngineAccess; listenAt: 'loopback' }[]
  faults: EngineFaults
  close(): Promise<void>
}

/** Somebody else's engines: their faults are not ours to make. */
function leasesOf(engines: EngineAccess[]): Leases {
  const refuse = () => Promise.reject(new Error('an engine that was not started here is not paused or restarted'))
  return {
    leased: engines.map((access) => ({ access, listenAt: 'loopback' })),
    faults: { pauseEngine: refuse, unpauseEngine: refuse, restartEngine: refuse },
    close: async () => {},
  }
}

async function leaseEngines(exercise: Exercise): Promise<Leases> {
  const up = process.env.DRILLBASE_ENGINES
  if (up !== undefined) return leasesOf(JSON.parse(readFileSync(up, 'utf8')) as EngineAccess[])
  const running = new Map<EngineKind, Engine>()
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-'))
  const close = async () => {
    await Promise.all([...running.values()].map((engine) => engine.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  const engine = (kind: EngineKind) => running.get(kind) as Engine
  try {
    const leased = await Promise.all(
      exercise.engines.map(async (kind) => {
        const docker = new Docker()
        const images = await prepareImages(docker, { only: [kind, 'gate'], onProgress() {} })
        running.set(kind, await startEngine(kind, { docker, images, folder: join(folder, kind), labels }))
        return { access: await engine(kind).lease(exercise.grants), listenAt: 'loopback' as const }
      }),
    )
    const faults: EngineFaults = {
      pauseEngine: (kind) => engine(kind).pause(),
      unpauseEngine: (kind) => engine(kind).unpause(),
      restartEngine: (kind) => engine(kind).restart(),
    }
    return { leased, faults, close }
  } catch (error) {
    await close()
    throw error
  }
}
