import { createRoute } from '@hono/zod-openapi'
import type { ApiContext } from './context.ts'
import { type Health, health } from './contract.ts'
import { json, newRouter } from './route.ts'
import { version } from './version.ts'

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  responses: { 200: json(health, 'Which store, what is in it, how far the graders are') },
})

export const healthApi = (context: ApiContext) =>
  newRouter().openapi(healthRoute, async (c) => c.json(await healthNow(context), 200))

async function healthNow({ store, catalog, grader }: ApiContext): Promise<Health> {
  const { state, message, engines, images, warm } = grader.health()
  return {
    version,
    store: { dialect: store.dialect, location: store.location, ...(await store.counts()) },
    content: {
      sections: catalog.snapshot.sections.length,
      items: catalog.snapshot.items.size,
      problems: catalog.snapshot.problems,
    },
    grader: {
      state,
      message,
      engines,
      images: images.map(({ name, state, step = null, done = null, total = null }) => ({
        name,
        state,
        step,
        done,
        total,
      })),
      warm,
    },
  }
}
