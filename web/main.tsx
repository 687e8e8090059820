import { type ComponentChild, render } from 'preact'
import { useEffect } from 'preact/hooks'
import { match, startRouter, useLocation } from './parts/router.ts'
import { Shell } from './parts/shell.tsx'
import { startOutbox } from './parts/unsent.ts'
import { ExerciseScreen } from './screens/exercise.tsx'
import { NotFoundScreen } from './screens/not-found.tsx'
import { ProgressScreen } from './screens/progress.tsx'
import { ReviewScreen } from './screens/review.tsx'
import { SectionScreen } from './screens/section.tsx'
import { SectionsScreen } from './screens/sections.tsx'
import { SubmissionScreen } from './screens/submission.tsx'
import { TodayScreen } from './screens/today.tsx'

type Screen = (parameters: { id: string; query: URLSearchParams }) => ComponentChild

const screens: [pattern: string, screen: Screen][] = [
  ['/', () => <TodayScreen />],
  ['/review', ({ query }) => <ReviewScreen minutes={minutesOf(query)} />],
  ['/sections', () => <SectionsScreen />],
  ['/sections/:id', ({ id }) => <SectionScreen key={id} id={id} />],
  ['/exercises/:id', ({ id }) => <ExerciseScreen key={id} id={id} />],
  ['/submissions/:id', ({ id }) => <SubmissionScreen key={id} id={id} />],
  ['/progress', () => <ProgressScreen />],
]

function minutesOf(query: URLSearchParams): number | undefined {
  const minutes = Number(query.get('minutes'))
  return Number.isInteger(minutes) && minutes > 0 ? minutes : undefined
}

function screenAt(path: string, query: URLSearchParams): ComponentChild {
  for (const [pattern, screen] of screens) {
    const parameters = match(pattern, path)
    if (parameters) return screen({ id: parameters.id ?? '', query })
  }
  return <NotFoundScreen />
}

function App() {
  const { path, query } = useLocation()
  useEffect(() => {
    // A screen reader starts at the new screen; the first screen of all keeps the browser's own start.
    if (document.activeElement !== document.body) document.getElementById('main')?.focus({ preventScroll: true })
  }, [path])
  return <Shell calm={path === '/review'}>{screenAt(path, query)}</Shell>
}

startRouter()
startOutbox()
const place = document.getElementById('app')
if (place) render(<App />, place)
