import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

/** The port cannot be had; the message says what to do. There is no other port to fall back to: bookmarks would break in silence. */
export class ListenError extends Error {
  readonly code = 'cannot-listen'
  override readonly name = 'ListenError'
}

export type Listening = { port: number; close(): Promise<void> }

/** Serves until closed. Port 0 takes a free one. Throws ListenError. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  host: string,
  port: number,
): Promise<Listening> {
  const server = createAdaptorServer({ fetch }) as Server
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ListenError(whyNot(error as NodeJS.ErrnoException, host, port), { cause: error })
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // Event streams would stay open for ever; their readers come back by themselves.
      server.closeAllConnections()
      await closed
    },
  }
}

function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken, perhaps by another Drillbase. Stop that program, or choose another port: PORT=${port + 1} npm start`
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this user has. Choose one above 1023: PORT=4400 npm start`
  return `Cannot listen on ${host}:${port}: ${message}`
}
