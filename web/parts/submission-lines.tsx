import type { SubmissionLine } from '../api.ts'
import { fromNow, instantWords } from './dates.ts'
import { languageWords, statusWords, verdictWords } from './words.ts'

/** Submissions as lines that lead to each one; `titled` names the exercise, too. */
export function SubmissionLines({ submissions, titled }: { submissions: SubmissionLine[]; titled: boolean }) {
  return (
    <ul class="rows lines">
      {submissions.map(({ id, title, language, verdict, status, createdAt }) => (
        <li key={id}>
          <a class="row" href={`/submissions/${id}`}>
            <span class={`dot dot-${verdict ?? status}`} aria-hidden="true" />
            <span class="row-main">
              <span class="row-title">
                {titled ? title : verdict ? verdictWords[verdict].title : statusWords[status]}
              </span>
              <span class="section-counts">
                {titled && <span>{verdict ? verdictWords[verdict].title : statusWords[status]}</span>}
                <span>{languageWords[language]}</span>
                <time dateTime={createdAt} title={instantWords(createdAt)}>
                  {fromNow(createdAt)}
                </time>
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}
