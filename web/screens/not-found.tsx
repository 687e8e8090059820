import { useTitle } from '../parts/title.ts'

export function NotFoundScreen() {
  useTitle('Not found')
  return (
    <div class="page">
      <h1>There is nothing here</h1>
      <p>
        The address is not one of ours. <a href="/">Go to today</a>.
      </p>
    </div>
  )
}
