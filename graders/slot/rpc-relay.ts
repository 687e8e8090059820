import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Puts a sandbox's wire on a unix socket for the judge, which has no container socket. One connection only; when the judge
 * leaves, `onLeft` is to end the sandbox. The wire itself stays open until then: a runner whose stdin ends would exit, and
 * look as if the submission had ended it. Both directions wait for a slow reader.
 */
export async function relayRpc(rpc: Duplex, path: string, onLeft: () => void): Promise<{ close(): void }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    server.close()
    join(socket, rpc, onLeft)
  })
  server.listen(path)
  await once(server, 'listening')
  return { close: () => void server.close() }
}

function join(socket: Socket, rpc: Duplex, onLeft: () => void): void {
  socket.pipe(rpc, { end: false })
  rpc.pipe(socket)
  // A reset on either side is seen as its close; what it means is told by the sandbox's evidence.
  socket.on('error', () => {})
  socket.on('end', onLeft)
  socket.on('close', onLeft)
  rpc.on('close', () => socket.end())
}
