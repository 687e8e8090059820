import { useRef, useState } from 'preact/hooks'
import type { Exercise, Submission } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { useActiveTime } from './active-time.ts'
import {
  readDraft,
  readLanguage,
  readSent,
  readTime,
  turnOf,
  writeDraft,
  writeLanguage,
  writeSent,
  writeTime,
} from './draft.ts'
import { Editor } from './editor.tsx'
import { useSubmission } from './follow.ts'
import { GiveUp } from './give-up.tsx'
import { LanguageTabs } from './language-tabs.tsx'
import { useResource } from './resource.ts'
import { RunResult } from './run-result.tsx'
import { Solution } from './solution.tsx'
import { SubmissionLines } from './submission-lines.tsx'
import { SubmissionResult } from './submission-result.tsx'
import { TestsList } from './tests-list.tsx'
import { say } from './toast.tsx'
import { useRun } from './use-run.ts'

type Language = Submission['language']

/** Where an exercise is worked on: editor, submission, result, what came before. */
export function Workbench({ exercise, reload }: { exercise: Exercise; reload: () => Promise<void> }) {
  const { id, starter } = exercise
  // The turn of this visit: what happens here (a rating, say) starts the next turn at the next visit, not under the fingers.
  const turn = useRef(turnOf(exercise)).current
  const [language, setLanguage] = useState<Language>(() => readLanguage(exercise.languages))
  const [codes, setCodes] = useState<Partial<Record<Language, string>>>({})
  const [startedOver, setStartedOver] = useState(0)
  const code = codes[language] ?? readDraft(id, language, turn) ?? starter[language] ?? ''
  const [sent, setSent] = useState<Sent | null>(() => sentBefore(exercise, turn))
  const [sending, setSending] = useState(false)
  const earlier = useResource(`submissions ${id}`, () => api.submissions({ exercise: id, limit: 20 }))
  const activeMs = useActiveTime(
    () => readTime(id, turn),
    (time) => writeTime(id, turn, time),
  )
  const followed = useSubmission(sent?.id ?? null, sent?.fresh ?? false, (submission) => {
    if (submission.verdict === 'accepted') for (const one of exercise.languages) writeDraft(id, one, turn, null)
    void reload()
    void earlier.reload()
  })
  const isShown = followed && !followed.error && (sent?.own || !followed.view.final)
  const view = isShown ? followed.view : null
  const going = view !== null && view.final === null
  const ownCode = view?.final?.language === language ? view.final.code : null
  const testNames = exercise.tests.map(({ name }) => name)

  const edit = (text: string) => {
    setCodes((now) => ({ ...now, [language]: text }))
    writeDraft(id, language, turn, text)
  }
  const startOver = () => {
    edit(starter[language] ?? '')
    setStartedOver((times) => times + 1)
  }
  const run = useRun(exercise)
  const startRun = async () => {
    if (exercise.sample !== null && (await run.start(language, code))) showResult()
  }
  const submit = async () => {
    if (sending || going || !code.trim()) return
    setSending(true)
    try {
      const { id: submissionId } = await api.submit({
        id: crypto.randomUUID(),
        exercise: id,
        language,
        code,
        activeMs: activeMs(),
      })
      run.clear()
      setSent({ id: submissionId, own: true, fresh: true })
      writeSent(id, turn, submissionId)
      showResult()
    } catch (error) {
      say('problem', (error as Error).message)
    }
    setSending(false)
  }

  return (
    <div
      class="workbench"
      onKeyDownCapture={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        event.stopPropagation()
        if (event.repeat) return
        // The easier key is the one that costs nothing.
        void (event.shiftKey ? submit() : startRun())
      }}
    >
      <LanguageTabs
        offered={exercise.languages}
        chosen={language}
        onChoose={(chosen) => {
          setLanguage(chosen)
          writeLanguage(chosen)
        }}
      />
      <div id="editor-panel" role="tabpanel" aria-labelledby={`tab-${language}`}>
        <Editor key={`${language} ${startedOver}`} code={code} language={language} label="Your code" onInput={edit} />
      </div>
      <div class="actions">
        {exercise.sample !== null && (
          <button type="button" disabled={run.sending || !code.trim()} onClick={() => void startRun()}>
            {run.going ? 'Run again' : 'Run'}{' '}
            <span class="kbd" aria-hidden="true">
              Ctrl Enter
            </span>
          </button>
        )}
        <button type="button" class="primary" disabled={sending || going || !code.trim()} onClick={() => void submit()}>
          {going ? 'Grading…' : 'Submit'}{' '}
          <span class="kbd" aria-hidden="true">
            Ctrl Shift Enter
          </span>
        </button>
        <button type="button" disabled={code === starter[language]} onClick={startOver}>
          Start over
        </button>
        {!exercise.solution && <GiveUp id={id} onGivenUp={reload} />}
        <p class="hint">
          <span class="keyboard-only">Tab indents; Esc, then Tab leaves the editor. </span>The draft stays on this
          device.
        </p>
      </div>
      {exercise.sample !== null && <WhatRunDoes source={exercise.sample} />}
      {run.view && <RunResult view={run.view} onCancel={run.cancel} />}
      {view && sent ? (
        <SubmissionResult
          view={view}
          testNames={testNames}
          {...(going && {
            onCancel: () => void api.cancel(sent.id).catch((error: Error) => say('problem', error.message)),
          })}
        />
      ) : (
        <section class="result" aria-labelledby="tests-title">
          <h2 id="tests-title">Hidden tests</h2>
          <TestsList names={testNames} tests={new Map()} />
        </section>
      )}
      {exercise.solution && <Solution exercise={exercise} language={language} own={ownCode} />}
      {earlier.data && earlier.data.submissions.length > 0 && (
        <section aria-labelledby="earlier-title">
          <h2 id="earlier-title">Earlier submissions</h2>
          <SubmissionLines submissions={earlier.data.submissions} titled={false} />
        </section>
      )}
    </div>
  )
}

/** No secret: what is tried, with which data. It is loaded only when it is opened. */
function WhatRunDoes({ source }: { source: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="what-run-does" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What Run does: no attempt, no verdict</summary>
      {isOpen && <Editor code={source} language="typescript" label="What Run does" readOnly />}
    </details>
  )
}

/** `fresh`: sent just now. `own`: of this turn, so that its result is shown; any other only while it is being graded. */
type Sent = { id: string; own: boolean; fresh: boolean }

function sentBefore({ id, lastSubmission }: Exercise, turn: string): Sent | null {
  const own = readSent(id, turn)
  if (own) return { id: own, own: true, fresh: false }
  return lastSubmission ? { id: lastSubmission, own: false, fresh: false } : null
}

/** The result comes below the editor: into sight with it, where most of it would be out of sight. */
function showResult() {
  const result = document.querySelector('.result')
  if (result && result.getBoundingClientRect().top > innerHeight * 0.6)
    result.scrollIntoView({ block: 'start', behavior: 'smooth' })
}
