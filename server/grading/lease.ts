import { StoreError } from '../store/error.ts'

/** Reasons for which a job is given up while it is under way. */
export class JobCancelled extends Error {
  override readonly name = 'JobCancelled'
}
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export type Lease = {
  /** Aborted with JobCancelled, LeaseLost, or what `abandon` was given. */
  readonly signal: AbortSignal
  /** A heartbeat out of turn, to see a cancellation at once. */
  check(): void
  abandon(reason: Error): void
  release(): void
}

/**
 * Holds a job by heartbeats until it is released. A heartbeat that the store cannot take is tried again: the lease is lost only
 * when the store says so or its time is up.
 */
export function holdLease(
  id: string,
  heartbeat: (leaseUntil: number) => Promise<{ cancelled: boolean }>,
  { leaseMs, heartbeatMs }: { leaseMs: number; heartbeatMs: number },
): Lease {
  const abort = new AbortController()
  let validUntil = Date.now() + leaseMs
  const check = async () => {
    const leaseUntil = Date.now() + leaseMs
    try {
      const { cancelled } = await heartbeat(leaseUntil)
      validUntil = leaseUntil
      if (cancelled) abort.abort(new JobCancelled(id))
    } catch (error) {
      const isLost = error instanceof StoreError && error.code === 'lease-lost'
      if (isLost || Date.now() >= validUntil) abort.abort(new LeaseLost(id))
    }
  }
  const timer = setInterval(check, heartbeatMs)
  return {
    signal: abort.signal,
    check,
    abandon: (reason) => abort.abort(reason),
    release: () => clearInterval(timer),
  }
}
