import type { ClientResponse } from 'hono/client'
import { client } from '../server/api/client.ts'
import type { ErrorCode, Progress, ReviewRequest, Submission } from '../server/api/contract.ts'

/**
 * Every call that the page makes, checked against the server's routes. Of the contract only types are used: its schemas
 * would bring zod into the first load.
 */

/** The server answered with one of the contract's error codes. */
export class ApiError extends Error {
  readonly code: ErrorCode
  readonly status: number
  constructor(status: number, code: ErrorCode, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** No answer that can be read: the server is down, restarting or out of reach. Nothing is known about the request's fate. */
export class Unreachable extends Error {
  constructor() {
    super('Drillbase does not answer. Is the server running?')
  }
}

/** The body of a good answer, out of all the answers that a route declares. */
type Good<R> = R extends ClientResponse<infer Body, 200 | 202> ? Body : never

async function read<R extends ClientResponse<unknown>>(request: Promise<R>): Promise<Good<R>> {
  const response = await request.catch(() => {
    throw new Unreachable()
  })
  const data: unknown = await response.json().catch(() => null)
  if (response.ok && data !== null) return data as Good<R>
  const error = (data as { error?: { code: ErrorCode; message: string } } | null)?.error
  if (error) throw new ApiError(response.status, error.code, error.message)
  throw new Unreachable()
}

const server = client(location.origin).api

/** In a query every value is text; what is undefined is left out. */
const text = (value: number | undefined) => (value === undefined ? undefined : String(value))

export type SubmissionRequest = Pick<Submission, 'id' | 'exercise' | 'language' | 'code'> & { activeMs: number }
export type SubmissionLine = Progress['submissions'][number]

export const api = {
  health: () => read(server.health.$get()),
  queue: (options: { minutes?: number; limit?: number }) =>
    read(server.review.queue.$get({ query: { minutes: text(options.minutes), limit: text(options.limit) } })),
  review: (review: ReviewRequest) => read(server.reviews.$post({ json: review })),
  undo: () => read(server.reviews.undo.$post()),
  sections: () => read(server.sections.$get()),
  section: (id: string) => read(server.sections[':id'].$get({ param: { id } })),
  exercise: (id: string) => read(server.exercises[':id'].$get({ param: { id } })),
  giveUp: (id: string) => read(server.exercises[':id']['give-up'].$post({ param: { id } })),
  takeHint: (id: string, step: number) => read(server.exercises[':id'].hints.$post({ param: { id }, json: { step } })),
  submit: (submission: SubmissionRequest) => read(server.submissions.$post({ json: submission })),
  submission: (id: string) => read(server.submissions[':id'].$get({ param: { id } })),
  submissions: (options: { exercise: string; limit: number }) =>
    read(server.submissions.$get({ query: { exercise: options.exercise, limit: text(options.limit) } })),
  correct: (id: string, correction: string, rating: ReviewRequest['rating']) =>
    read(server.submissions[':id'].rating.$post({ param: { id }, json: { id: correction, rating } })),
  cancel: (id: string) => read(server.submissions[':id'].cancel.$post({ param: { id } })),
  run: (run: Pick<Submission, 'exercise' | 'language' | 'code'>) => read(server.runs.$post({ json: run })),
  oneRun: (id: string) => read(server.runs[':id'].$get({ param: { id } })),
  cancelRun: (id: string) => read(server.runs[':id'].cancel.$post({ param: { id } })),
  progress: () => read(server.progress.$get()),
}
