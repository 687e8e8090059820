/**
 * Counts what a client asks for, in the protocols of three engines, from nothing but the lengths that its messages announce.
 * What it reads is hostile: nothing is kept but a header, nothing is copied, every step of a loop consumes a byte. A stream
 * that makes no sense is counted no further; the engine will end it.
 */
export interface StatementCounter {
  /** How many statements begin in this chunk. */
  see(chunk: Buffer): number
  /** Whether the last chunk held something that its sender waits for: heartbeats and farewells are not. */
  readonly asks: boolean
}

export const statementCounters = {
  postgres: () => new PostgresStatements(),
  redis: () => new RedisStatements(),
  mongodb: () => new MongodbStatements(),
}

const byte = (character: string) => character.charCodeAt(0)

/** https://www.postgresql.org/docs/17/protocol-message-formats.html */
class PostgresStatements implements StatementCounter {
  asks = true
  readonly #head = Buffer.alloc(8)
  #have = 0
  #skip = 0
  #started = false
  #isLost = false

  see(chunk: Buffer): number {
    let found = 0
    this.asks = true
    for (let at = 0; at < chunk.length && !this.#isLost; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at)
        this.#skip -= step
        at += step
        continue
      }
      this.#head[this.#have++] = chunk[at++] as number
      if (this.#have < (this.#started ? 5 : 8)) continue
      this.#have = 0
      if (!this.#started) this.#startUp()
      else if (this.#message()) found++
    }
    return found
  }

  /** Before the first ordinary message: a length and a version, or one of the requests that look like one. */
  #startUp(): void {
    const length = this.#head.readUInt32BE(0)
    if (length < 8 || length > maxStartUpBytes) this.#isLost = true
    this.#skip = length - 8
    this.#started = !asksBeforeStart.includes(this.#head.readUInt32BE(4))
  }

  #message(): boolean {
    const [type] = this.#head
    const length = this.#head.readUInt32BE(1)
    if (length < 4 || length > maxPostgresBytes) this.#isLost = true
    this.#skip = length - 4
    if (type === terminate) this.asks = false
    return !this.#isLost && (type === query || type === execute)
  }
}
const [query, execute, terminate] = ['Q', 'E', 'X'].map(byte)
/** SSLRequest, GSSENCRequest, CancelRequest. */
const asksBeforeStart = [80_877_103, 80_877_104, 80_877_102]
const maxStartUpBytes = 10_000
const maxPostgresBytes = 0x3fff_ffff

/** https://redis.io/docs/latest/develop/reference/protocol-spec/: an array of bulk strings, or a line. */
class RedisStatements implements StatementCounter {
  readonly asks = true
  /** Of the header line under way: `*` or `$`, 0 between two. */
  #header = 0
  #value = 0
  #digits = 0
  #isNegative = false
  /** Bulk strings of the array that are still to come. */
  #parts = 0
  #isFirst = false
  /** Bytes of the command's name that are still to be read. */
  #naming = 0
  #name = ''
  #skip = 0
  #isLine = false
  #isLost = false

  see(chunk: Buffer): number {
    let found = 0
    for (let at = 0; at < chunk.length && !this.#isLost; ) {
      if (this.#naming > 0) {
        // Lower case, as far as letters go.
        this.#name += String.fromCharCode((chunk[at++] as number) | 0x20)
        if (--this.#naming === 0 && !opensConnection.has(this.#name)) found++
      } else if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at)
        this.#skip -= step
        at += step
      } else if (this.#isLine) {
        const end = chunk.indexOf(lineFeed, at)
        this.#isLine = end === -1
        at = this.#isLine ? chunk.length : end + 1
      } else if (this.#takeHeaderByte(chunk[at++] as number)) found++
    }
    return found
  }

  /** Whether this byte shows that a command has begun, without its name being of interest. */
  #takeHeaderByte(one: number): boolean {
    if (this.#header === 0) return this.#beginHeader(one)
    if (one >= zero && one <= nine) {
      this.#value = this.#value * 10 + one - zero
      if (++this.#digits > maxDigits) this.#isLost = true
    } else if (one === minus) this.#isNegative = true
    else if (one === lineFeed) return this.#endHeader()
    else if (one !== carriageReturn) this.#isLost = true
    return false
  }

  #beginHeader(one: number): boolean {
    this.#value = 0
    this.#digits = 0
    this.#isNegative = false
    if (this.#parts > 0) {
      if (one === dollar) this.#header = one
      else this.#isLost = true
      return false
    }
    if (one === star) this.#header = one
    else if (one !== lineFeed && one !== carriageReturn) this.#isLine = true
    return this.#isLine
  }

  #endHeader(): boolean {
    const header = this.#header
    this.#header = 0
    if (header === star) {
      this.#parts = this.#isNegative ? 0 : this.#value
      this.#isFirst = true
      if (this.#parts > maxRedisParts) this.#isLost = true
      return false
    }
    if (this.#isNegative || this.#value > maxRedisBytes) {
      this.#isLost = true
      return false
    }
    this.#parts--
    this.#skip = this.#value + 2
    if (!this.#isFirst) return false
    this.#isFirst = false
    if (this.#value === 0 || this.#value > longestOpening) return true
    this.#naming = this.#value
    this.#name = ''
    this.#skip -= this.#value
    return false
  }
}
const [star, dollar, minus, zero, nine, lineFeed, carriageReturn] = ['*', '$', '-', '0', '9', '\n', '\r'].map(byte) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
]
const maxDigits = 10
const maxRedisParts = 1_048_576
const maxRedisBytes = 536_870_912
/** What drivers send before the first command of their user. */
const opensConnection = new Set(['hello', 'auth', 'client', 'select', 'info'])
const longestOpening = 6

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
class MongodbStatements implements StatementCounter {
  asks = false
  readonly #head = Buffer.alloc(nameEnd)
  #have = 0
  #skip = 0
  /** Whether the message under way is one that its sender waits for. */
  #isAsking = false
  #isLost = false

  see(chunk: Buffer): number {
    let found = 0
    this.asks = this.#skip > 0 && this.#isAsking
    for (let at = 0; at < chunk.length && !this.#isLost; ) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at)
        this.#skip -= step
        at += step
        continue
      }
      this.#head[this.#have++] = chunk[at++] as number
      if (this.#have < headerEnd) continue
      const length = this.#head.readInt32LE(0)
      if (length < headerEnd || length > maxMongodbBytes) this.#isLost = true
      if (this.#isLost || this.#have < Math.min(length, nameEnd)) continue
      this.#skip = length - this.#have
      if (this.#isCommand()) found++
      this.#have = 0
    }
    return found
  }

  #isCommand(): boolean {
    const opcode = this.#head.readInt32LE(12)
    const isMessage = opcode === opMsg
    const name =
      isMessage && this.#head[20] === 0 ? this.#head.toString('latin1', 26, this.#have).split('\0', 1)[0] : undefined
    const counts = (isMessage && !opensSession.has(name ?? '')) || opcode === opCompressed
    const moreToCome = isMessage && ((this.#head[16] as number) & 2) !== 0
    this.#isAsking = counts && !moreToCome
    this.asks ||= this.#isAsking
    return counts
  }
}
const headerEnd = 16
/** Header, flags, kind of section, size of the document, type and the longest name of interest. */
const nameEnd = 40
const opMsg = 2013
const opCompressed = 2012
const maxMongodbBytes = 48_000_000 + 16_384
/** Handshakes, log-ins, heartbeats and farewells of the driver. */
const opensSession = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'saslStart',
  'saslContinue',
  'authenticate',
  'endSessions',
])
