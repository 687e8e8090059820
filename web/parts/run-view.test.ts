import { expect, test } from 'vitest'
import type { Run, RunEvent } from '../../server/api/contract.ts'
import { queuedRun, withRunEvent } from './run-view.ts'

const line = (label: string): Run['shown'][number] => ({
  label,
  kind: 'value',
  text: '1',
  code: null,
  truncated: false,
})
const after = (...events: RunEvent[]) => events.reduce(withRunEvent, queuedRun)

test('lines come one by one, and a restart forgets them', () => {
  const lines: RunEvent[] = [
    { type: 'status', status: 'running', step: null },
    { type: 'shown', line: line('a') },
    { type: 'shown', line: line('b') },
  ]
  expect(after(...lines)).toMatchObject({ status: 'running', shown: [{ label: 'a' }, { label: 'b' }], final: null })
  expect(after(...lines, { type: 'restarted' })).toMatchObject({ status: 'preparing', shown: [] })
})

test('the end replaces what was shown by the run itself', () => {
  const run = { status: 'done', shown: [line('c')] } as Run
  expect(after({ type: 'shown', line: line('a') }, { type: 'final', run })).toMatchObject({
    status: 'done',
    shown: [{ label: 'c' }],
    final: run,
  })
})
