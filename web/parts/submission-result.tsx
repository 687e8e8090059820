import type { Submission } from '../../server/api/contract.ts'
import { CorrectRating } from './correct-rating.tsx'
import { EngineFigures } from './engine-figures.tsx'
import { Icon } from './icon.tsx'
import type { SubmissionView } from './submission-view.ts'
import { TestsList } from './tests-list.tsx'
import { durationWords, plural, statusWords, verdictWords } from './words.ts'

/** A submission while it is graded and after: the verdict first, then each test, then what it printed and took. */
export function SubmissionResult(props: { view: SubmissionView; testNames: string[]; onCancel?: () => void }) {
  const { view, testNames, onCancel } = props
  const { final } = view
  const ended = [...view.tests.values()].filter((test) => test !== 'running').length
  return (
    <section class="result" aria-label="Result">
      <div role="status" aria-live="polite">
        {final ? (
          <Banner submission={final} />
        ) : (
          <div class="banner banner-going">
            <p class="banner-title">{statusWords[view.status]}</p>
            <p>
              {view.step ??
                (view.status === 'running' ? `${ended} of ${plural(testNames.length, 'test')}` : 'A moment, please.')}
            </p>
            {onCancel && (
              <button type="button" class="quiet" onClick={onCancel}>
                Cancel
              </button>
            )}
          </div>
        )}
      </div>
      {final?.error && <pre class="own-error">{final.error}</pre>}
      <TestsList names={testNames} tests={view.tests} />
      {final?.output && (
        <details class="output" open={final.verdict !== 'accepted'}>
          <summary>What it printed{final.outputTruncated && ' (cut off)'}</summary>
          <pre>{final.output}</pre>
        </details>
      )}
      {final && <Figures submission={final} />}
    </section>
  )
}

function Banner({ submission }: { submission: Submission }) {
  const { verdict, status, tests, review, attempts } = submission
  if (!verdict)
    return (
      <div class="banner banner-neutral">
        <p class="banner-title">{statusWords[status]}</p>
      </div>
    )
  const { title, meaning } = verdictWords[verdict]
  const passed = tests.filter(({ outcome }) => outcome === 'passed').length
  const kind = verdict === 'accepted' ? 'good' : verdict === 'internal-error' ? 'neutral' : 'bad'
  return (
    <div class={`banner banner-${kind}`}>
      <p class="banner-title">
        <Icon name={verdict === 'accepted' ? 'check' : 'cross'} />
        {title}
        {tests.length > 0 && (
          <span class="banner-score">
            {passed} of {tests.length}
          </span>
        )}
      </p>
      <p>{meaning}</p>
      <CorrectRating key={submission.id} submission={submission} />
      {verdict === 'accepted' && !review && <p class="banner-review">Practice: the schedule stays as it is.</p>}
      {attempts > 1 && <p class="muted">Graded {attempts} times, because something of ours broke on the way.</p>}
      <code class="verdict-code">{verdict}</code>
    </div>
  )
}

/** Where the time went, and what went over the wire to each engine. */
function Figures({ submission }: { submission: Submission }) {
  const { timings } = submission
  const times: [string, number | null][] = [
    ['Queued', timings.queuedMs],
    ['Engines', timings.slotMs],
    ['Loading', timings.loadMs],
    ['Tests', timings.testsMs],
    ['In all', timings.totalMs],
  ]
  return (
    <div class="figures">
      <dl class="facts">
        {times.map(([name, ms]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{ms === null ? '–' : durationWords(ms)}</dd>
          </div>
        ))}
      </dl>
      <EngineFigures submission={submission} />
    </div>
  )
}
