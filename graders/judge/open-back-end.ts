import type { DynamodbAccess, EngineAccess } from '../engines/engine.ts'
import { portOf, socketOf } from '../engines/engine.ts'
import type { EngineKind, Exercise } from '../exercise.ts'
import type { BackEnd, EngineLink } from './back-end.ts'
import { openDynamodbProxy } from './dynamodb-proxy.ts'
import { loadHandles } from './handles/handles.ts'
import type { JudgeHost, JudgeOrder, JudgeReport } from './order.ts'
import { type ListenAt, maxPostgresConnections, openTcpProxy } from './proxy.ts'
import type { SampleLog } from './show.ts'
import { HostedSubmission } from './submission.ts'

/** What PostgreSQL sends when it ends a deadlock: the error's code field. Counted on the wire, because the server's own
 * statistics of a pooled connection may come ten seconds late. */
const deadlockOnTheWire = Buffer.from('C40P01\0')

export type OpenBackEnd = BackEnd & {
  close(): Promise<void>
  submission: HostedSubmission
  /** What the proxies counted over the whole run. */
  traffic(): JudgeReport['traffic']
}

/**
 * What the kit stands on in both worlds: proxies in front of the leased engines, everything else asked of a host (the
 * worker, or this machine).
 */
export async function openBackEnd(
  order: Pick<JudgeOrder, 'exercise' | 'language' | 'code' | 'seed'>,
  engines: { access: EngineAccess; listenAt: ListenAt }[],
  host: JudgeHost,
  sample: SampleLog | null,
): Promise<OpenBackEnd> {
  const { exercise, language, seed } = order
  const links = new Map<EngineKind, EngineLink>()
  const kept: { close(): Promise<void> }[] = []
  await Promise.all([
    loadHandles(exercise.engines),
    ...engines.map(async ({ access, listenAt }) => {
      const { kind } = access
      const proxy = await openProxy(access, listenAt, exercise)
      links.set(kind, {
        access,
        proxy,
        port: proxy.port ?? portOf[kind],
        async pause() {
          proxy.standStill(true)
          await host.pauseEngine(kind)
        },
        async unpause() {
          await host.unpauseEngine(kind)
          proxy.standStill(false)
        },
        async restart() {
          proxy.standStill(true)
          await host.restartEngine(kind).finally(() => proxy.standStill(false))
        },
      } as EngineLink)
    }),
  ])
  // Only now: a submission may dial while it is being imported.
  const submission = new HostedSubmission(host, order)
  return {
    exercise,
    language,
    seed,
    sample,
    submission,
    engine: (kind) => engineIn(links, kind),
    main: () => submission.main(),
    replaceMain: (after) => submission.replace(after),
    start: (options) => submission.start(options),
    traffic: () => Object.fromEntries([...links].map(([kind, link]) => [kind, link.proxy.traffic()])),
    keep: (handle) => void kept.push(handle),
    async close() {
      submission.close()
      await Promise.allSettled([...links.values()].map((link) => link.proxy.close()))
      await Promise.allSettled(kept.map((handle) => handle.close()))
    },
  }
}

async function openProxy(access: EngineAccess, listenAt: ListenAt, exercise: Exercise) {
  const upstream = socketOf(access)
  if (access.kind === 'dynamodb') return openDynamodbProxy({ listenAt, upstream, lease: leaseOf(access, exercise) })
  if (access.kind === 'postgres')
    return openTcpProxy({
      listenAt,
      upstream,
      protocol: 'postgres',
      watch: deadlockOnTheWire,
      maxConnections: maxPostgresConnections,
    })
  return openTcpProxy({ listenAt, upstream, protocol: access.kind })
}

const leaseOf = ({ learner }: DynamodbAccess, exercise: Exercise) => ({
  accessKeyId: learner.accessKeyId,
  regions: learner.regions,
  createTable: exercise.grants.dynamodb?.createTable ?? false,
  streams: exercise.grants.dynamodb?.streams ?? false,
})

function engineIn<K extends EngineKind>(
  links: Map<EngineKind, EngineLink>,
  kind: K,
): EngineLink<Extract<EngineAccess, { kind: K }>> {
  const link = links.get(kind)
  if (!link) throw new Error(`the suite uses ${kind}, but exercise.yaml does not name it among its engines`)
  return link as unknown as EngineLink<Extract<EngineAccess, { kind: K }>>
}
