import type { Exercise, Submission } from '../../server/api/contract.ts'
import { Editor } from './editor.tsx'

/** The reference solution and the tests themselves: there once the exercise is solved or given up. */
export function Solution({ exercise, language }: { exercise: Exercise; language: Submission['language'] }) {
  const code = exercise.solution?.[language]
  return (
    <section id="solution" class="solution" aria-labelledby="solution-title">
      <h2 id="solution-title">Reference solution</h2>
      {code ? (
        <Editor key={language} code={code} language={language} label="Reference solution" readOnly />
      ) : (
        <p class="muted">There is none in this language.</p>
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
