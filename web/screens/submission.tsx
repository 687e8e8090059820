import { api } from '../api.ts'
import { instantWords } from '../parts/dates.ts'
import { Editor } from '../parts/editor.tsx'
import { useSubmission } from '../parts/follow.ts'
import { useResource } from '../parts/resource.ts'
import { SubmissionResult } from '../parts/submission-result.tsx'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'
import { languageWords } from '../parts/words.ts'

/** One submission as it was sent, with its result; nothing can be changed here. */
export function SubmissionScreen({ id }: { id: string }) {
  useTitle('Submission')
  const followed = useSubmission(id, false, () => {})
  const submission = followed?.view.final ?? followed?.submission
  if (!followed || !submission)
    return <Waiting of={{ error: followed?.error ?? null, reload: async () => location.reload() }} />
  return (
    <div class="page submission-page">
      <SubmissionHead exercise={submission.exercise} language={submission.language} createdAt={submission.createdAt} />
      <SubmissionResult view={followed.view} testNames={submission.tests.map(({ name }) => name)} />
      <h2>The code</h2>
      <Editor key={id} code={submission.code} language={submission.language} label="Submitted code" readOnly />
    </div>
  )
}

function SubmissionHead(props: { exercise: string; language: 'typescript' | 'python'; createdAt: string }) {
  const exercise = useResource(`exercise ${props.exercise}`, () => api.exercise(props.exercise)).data
  return (
    <header class="page-head">
      <p class="kicker">
        <a href={`/exercises/${props.exercise}`}>Exercise</a>
        <span>{languageWords[props.language]}</span>
        <span>{instantWords(props.createdAt)}</span>
      </p>
      <h1>{exercise?.title ?? props.exercise}</h1>
    </header>
  )
}
