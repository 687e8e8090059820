import { OpenAPIHono, z } from '@hono/zod-openapi'
import { type ErrorCode, errorBody, errorStatus } from './contract.ts'
import { ApiError } from './errors.ts'

/** A router for one resource; a request that does not fit its schema ends as `invalid-request` before any handler. */
export function newRouter(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook(result) {
      if (result.success) return
      const fields = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
      const texts = fields.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
      throw new ApiError('invalid-request', `The request does not fit. ${texts.join('; ')}`, { fields })
    },
  })
}

/** A JSON answer of a route's declaration. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  content: { 'application/json': { schema } },
  description,
})

type ErrorAnswer = ReturnType<typeof json<typeof errorBody>>

/** The errors of a route's declaration, by their HTTP status. Those that any request can meet are not repeated. */
export function errors<Code extends ErrorCode>(...codes: Code[]): Record<(typeof errorStatus)[Code], ErrorAnswer> {
  const byStatus = Map.groupBy(codes, (code) => errorStatus[code])
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [status, json(errorBody, ofStatus.join(', '))]),
  ) as Record<(typeof errorStatus)[Code], ErrorAnswer>
}

export const body = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true,
})

export const idParam = z.object({
  id: z
    .string()
    .min(1)
    .openapi({ param: { name: 'id', in: 'path' } }),
})
