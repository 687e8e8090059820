import type { Progress } from '../../server/api/contract.ts'
import { api } from '../api.ts'
import { Forecast } from '../parts/forecast.tsx'
import { Heatmap } from '../parts/heatmap.tsx'
import { useResource } from '../parts/resource.ts'
import { Mastery, SectionCounts } from '../parts/section-bits.tsx'
import { SubmissionLines } from '../parts/submission-lines.tsx'
import { useTitle } from '../parts/title.ts'
import { Waiting } from '../parts/waiting.tsx'

/** What has been done, what is known, what is coming. */
export function ProgressScreen() {
  useTitle('Progress')
  const progress = useResource('progress', api.progress)
  if (!progress.data) return <Waiting of={progress} />
  const { studyDay, heatmap, forecast, sections, submissions } = progress.data
  return (
    <div class="page progress-page">
      <h1>Progress</h1>
      <Facts progress={progress.data} />
      <section aria-labelledby="year-title">
        <h2 id="year-title">The last year</h2>
        <Heatmap today={studyDay} days={heatmap} />
      </section>
      <section aria-labelledby="forecast-title">
        <h2 id="forecast-title">The next 30 days</h2>
        <Forecast days={forecast} />
      </section>
      <section aria-labelledby="known-title">
        <h2 id="known-title">What is known</h2>
        <ul class="rows">
          {sections.map((section) => (
            <li key={section.id}>
              <a class="row" href={`/sections/${section.id}`}>
                <span class="row-id">{section.id}</span>
                <span class="row-main">
                  <span class="row-title">{section.title}</span>
                  <SectionCounts section={section} />
                </span>
                <Mastery value={section.mastery} />
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="submissions-title">
        <h2 id="submissions-title">Submissions</h2>
        {submissions.length > 0 ? <SubmissionLines submissions={submissions} titled /> : <p class="muted">None yet.</p>}
      </section>
    </div>
  )
}

function Facts({ progress }: { progress: Progress }) {
  const { streakDays, trueRetention, heatmap, studyDay } = progress
  const today = heatmap.find(({ day }) => day === studyDay)
  return (
    <dl class="counts counts-three">
      <div>
        <dt>{streakDays === 1 ? 'day' : 'days'} in a row</dt>
        <dd>{streakDays}</dd>
      </div>
      <div>
        <dt>{today?.reviews === 1 ? 'review' : 'reviews'} today</dt>
        <dd>{today?.reviews ?? 0}</dd>
      </div>
      <div title="Of the reviews of well-known items in the last 30 days, the share that was remembered">
        <dt>remembered</dt>
        <dd>{trueRetention.rate === null ? '–' : `${Math.round(trueRetention.rate * 100)} %`}</dd>
      </div>
    </dl>
  )
}
