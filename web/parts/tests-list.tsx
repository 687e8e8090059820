import type { TestResult } from '../../server/api/contract.ts'
import { Icon, type IconName } from './icon.tsx'
import type { SubmissionView } from './submission-view.ts'
import { durationWords, testWords } from './words.ts'

type Shown = 'waiting' | 'running' | TestResult['outcome']
const looks: Record<Shown, { icon: IconName; words: string }> = {
  waiting: { icon: 'dash', words: 'waiting' },
  running: { icon: 'dash', words: 'running' },
  passed: { icon: 'check', words: 'passed' },
  failed: { icon: 'cross', words: 'failed' },
  'timed-out': { icon: 'clock', words: 'not finished in time' },
  'not-run': { icon: 'dash', words: 'not run' },
}

/** The hidden tests by name, each with what has become of it so far. */
export function TestsList({ names, tests }: { names: string[]; tests: SubmissionView['tests'] }) {
  const all = [...names, ...[...tests.keys()].filter((name) => !names.includes(name))]
  return (
    <ul class="tests">
      {all.map((name) => (
        <TestRow key={name} name={name} state={tests.get(name) ?? 'waiting'} />
      ))}
    </ul>
  )
}

function TestRow({ name, state }: { name: string; state: 'waiting' | 'running' | TestResult }) {
  const result = typeof state === 'string' ? null : state
  const shown: Shown = typeof state === 'string' ? state : state.outcome
  const { icon, words } = looks[shown]
  return (
    <li class={`test test-${shown}`}>
      <span class="test-mark">
        <Icon name={icon} />
      </span>
      <div class="test-main">
        <p class="test-name" title={name}>
          {testWords(name)} <span class="sr-only">: {words}</span>
          {result && result.outcome !== 'not-run' && <span class="test-ms">{durationWords(result.ms)}</span>}
        </p>
        {result?.hint && result.outcome !== 'passed' && <p class="test-hint">{result.hint}</p>}
        {result?.message && <pre class="test-message">{result.message}</pre>}
      </div>
    </li>
  )
}
