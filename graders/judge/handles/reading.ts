import { Socket } from 'node:net'

/**
 * What the inspector may read of one engine in one test, all answers together, cursors and pages included. A submission may
 * have left far more than the judge can hold; no honest one leaves so much to look at. The judge's heap bounds what becomes
 * of the bytes.
 */
export const maxReadBytes = 16 * 1024 ** 2

/** Decides a test, whatever else the broken connection makes of it. The message is for the learner. */
export class TooMuchLeft extends Error {
  override readonly name = 'TooMuchLeft'
  readonly code = 'TOO_MUCH_LEFT'
  constructor() {
    super(
      `Your submission left more in the database than the grader looks at (${maxReadBytes / 1024 ** 2} MiB in a test).`,
    )
  }
}

/** Counts what the inspector's connections to one engine receive. */
export class Reading {
  #bytes = 0

  get isOver(): boolean {
    return this.#bytes > maxReadBytes
  }

  /** For the next test. */
  renew(): void {
    this.#bytes = 0
  }

  /** Ends this socket when the reading is over, and each later one at its first byte. To be called before anything arrives. */
  watch<S extends Socket>(socket: S): S {
    // Whoever uses the socket hears of it as well; nobody has to.
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length
      if (this.isOver) socket.destroy(new TooMuchLeft())
    })
    return socket
  }

  /** Not connected yet. */
  socket(): Socket {
    return this.watch(new Socket())
  }
}
