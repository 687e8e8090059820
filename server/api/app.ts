import { OpenAPIHono } from '@hono/zod-openapi'
import type { ApiContext } from './context.ts'
import { correctionsApi } from './corrections.ts'
import { ApiError, errorResponse } from './errors.ts'
import { eventsApi } from './events.ts'
import { exercisesApi } from './exercises.ts'
import { healthApi } from './health.ts'
import { hintsApi } from './hints.ts'
import { pageFiles } from './page.ts'
import { progressApi } from './progress.ts'
import { queueApi } from './queue.ts'
import { reviewsApi } from './reviews.ts'
import { runsApi } from './runs.ts'
import { sectionsApi } from './sections.ts'
import { hostCheck, sameOriginCheck, securityHeaders, sizeCheck } from './security.ts'
import { submissionsApi } from './submissions.ts'
import { version } from './version.ts'

/** Every route under /api, one file a resource. */
const routes = (context: ApiContext) =>
  new OpenAPIHono()
    .route('/api', healthApi(context))
    .route('/api', sectionsApi(context))
    .route('/api', exercisesApi(context))
    .route('/api', hintsApi(context))
    .route('/api', submissionsApi(context))
    .route('/api', correctionsApi(context))
    .route('/api', eventsApi(context))
    .route('/api', runsApi(context))
    .route('/api', queueApi(context))
    .route('/api', reviewsApi(context))
    .route('/api', progressApi(context))

export type AppType = ReturnType<typeof routes>

/** The whole HTTP interface and the page. `port` is asked for at each request, because a free one is known only later. */
export function createApp(context: ApiContext, access: { port: () => number; allowedHosts: string[] }): OpenAPIHono {
  const app = new OpenAPIHono()
  app.onError((error) => errorResponse(error, context.log))
  app.use(securityHeaders, hostCheck(access.port, access.allowedHosts), sameOriginCheck, sizeCheck)

  const api = routes(context)
  app.route('/', api)
  // Made at start, so that a schema which cannot be described is noticed there.
  const document = api.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Drillbase', version } })
  app.get('/api/openapi.json', (c) => c.json(document))
  app.get('*', pageFiles())
  app.notFound((c) => errorResponse(new ApiError('not-found', `There is nothing at ${c.req.path}.`), context.log))
  return app
}
