import { type ClientRequestOptions, hc } from 'hono/client'
import type { AppType } from './app.ts'

/** The typed client of the HTTP interface: paths, requests and answers are checked against the routes. */
export const client = (address: string, options?: ClientRequestOptions) => hc<AppType>(address, options)
