import type { Resource } from './resource.ts'

/** What stands in for data that is not there: nothing for a moment, then a quiet word; an error with a way to try again. */
export function Waiting({ of: resource }: { of: Pick<Resource<unknown>, 'error' | 'reload'> }) {
  if (!resource.error)
    return (
      <p class="waiting" role="status">
        Loading…
      </p>
    )
  return (
    <div class="problem" role="alert">
      <p>{resource.error.message}</p>
      <button type="button" onClick={() => void resource.reload()}>
        Try again
      </button>
    </div>
  )
}
