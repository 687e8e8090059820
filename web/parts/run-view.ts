import type { Run, RunEvent } from '../../server/api/contract.ts'

/** What the page shows of a run while it goes on; the run itself once it has ended. */
export type RunView = {
  status: Run['status']
  step: string | null
  shown: Run['shown']
  final: Run | null
}

export const queuedRun: RunView = { status: 'queued', step: null, shown: [], final: null }

export function withRunEvent(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case 'status':
      return { ...view, status: event.status, step: event.step }
    case 'loaded':
      return { ...view, status: 'running', step: null }
    case 'shown':
      return { ...view, shown: [...view.shown, event.line] }
    case 'restarted':
      return { ...queuedRun, status: 'preparing', step: 'Running again: something of ours broke' }
    case 'final':
      return { status: event.run.status, step: null, shown: event.run.shown, final: event.run }
  }
}
