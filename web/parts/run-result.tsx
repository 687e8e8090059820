import type { Run } from '../../server/api/contract.ts'
import { Icon } from './icon.tsx'
import { Inventory } from './inventory.tsx'
import type { RunView } from './run-view.ts'
import { durationWords, runProblemWords, runStatusWords } from './words.ts'

/** A run while it goes on and after: what the calls gave, what was printed, what is in the engines. */
export function RunResult({ view, onCancel }: { view: RunView; onCancel: () => void }) {
  const { final, shown } = view
  return (
    <section class="result run" aria-labelledby="run-title">
      <h2 id="run-title">Run</h2>
      <div role="status" aria-live="polite">
        {final ? (
          <RunBanner run={final} />
        ) : (
          <div class="banner banner-going">
            <p class="banner-title">{runStatusWords[view.status]}</p>
            <p>{view.step ?? 'No attempt, no verdict: look at what it does.'}</p>
            <button type="button" class="quiet" onClick={onCancel}>
              Cancel
            </button>
          </div>
        )}
      </div>
      {final?.problem?.message && <pre class="own-error">{final.problem.message}</pre>}
      {shown.length > 0 && (
        <ol class="shown">
          {shown.map((line, at) => (
            <li key={at} class={`shown-${lookOf(line)}`}>
              <p class="shown-label">
                {lookOf(line) === 'error' && <Icon name="cross" />}
                {line.label}
                {line.kind === 'error' && <span class="sr-only"> (an error)</span>}
              </p>
              <pre>
                {line.text}
                {line.truncated && ' …'}
              </pre>
            </li>
          ))}
        </ol>
      )}
      {final?.output && (
        <details class="output" open>
          <summary>What it printed{final.outputTruncated && ' (cut off)'}</summary>
          <pre>{final.output}</pre>
        </details>
      )}
      {final && <Inventory engines={final.inventory} />}
    </section>
  )
}

/** A refusal has a code that the submission chose, and is often what the task asks for; any other error is none of these. */
function lookOf({ kind, code }: Run['shown'][number]): 'value' | 'refusal' | 'error' {
  if (kind === 'value') return 'value'
  const isOwn = code !== null && /^[A-Z][A-Z_]+$/.test(code) && !kitCodes.includes(code)
  return isOwn ? 'refusal' : 'error'
}
const kitCodes = ['SANDBOX_EXIT', 'BAD_RESULT', 'PROTOCOL', 'LOAD_FAILED']

function RunBanner({ run: { status, problem, timings } }: { run: Run }) {
  const { title, meaning } = problem ? runProblemWords[problem.code] : { title: runStatusWords[status], meaning: null }
  const isGood = status === 'done' && !problem
  return (
    <div class={`banner run-banner ${problem ? 'banner-bad' : 'banner-neutral'}`}>
      <p class="banner-title">
        {(isGood || problem) && <Icon name={isGood ? 'check' : 'cross'} />}
        {title}
        {timings.totalMs !== null && <span class="banner-score">{durationWords(timings.totalMs)}</span>}
      </p>
      {meaning && <p>{meaning}</p>}
    </div>
  )
}
