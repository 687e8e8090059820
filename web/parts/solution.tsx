import type { Exercise, Submission } from '../../server/api/contract.ts'
import { Editor } from './editor.tsx'
import { Html } from './html.tsx'

type Props = { exercise: Exercise; language: Submission['language']; own: string | null }

/**
 * The reference solution beside the learner's own code, the author's explanation and the tests themselves: there once the
 * exercise is solved or given up.
 */
export function Solution({ exercise, language, own }: Props) {
  const code = exercise.solution?.[language]
  return (
    <section id="solution" class="solution" aria-labelledby="solution-title">
      <h2 id="solution-title">Reference solution</h2>
      {code ? (
        <Editor key={language} code={code} language={language} label="Reference solution" readOnly />
      ) : (
        <p class="muted">There is none in this language.</p>
      )}
      {own && (
        <details>
          <summary>Your submission</summary>
          <Editor key={language} code={own} language={language} label="Your submission" readOnly />
        </details>
      )}
      {exercise.explanationHtml && (
        <section aria-labelledby="explanation-title">
          <h2 id="explanation-title">What the engine did</h2>
          <Html html={exercise.explanationHtml} />
        </section>
      )}
      {exercise.hiddenTests && (
        <details>
          <summary>The hidden tests</summary>
          <pre>{exercise.hiddenTests}</pre>
        </details>
      )}
    </section>
  )
}
