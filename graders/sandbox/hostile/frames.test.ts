import { describe, expect, test } from 'vitest'
import { encodeFrame } from '../frames.ts'
import { start } from '../started.ts'
import { killed, play } from './play.ts'

describe('a forged frame is a violation', () => {
  const literal = (bytes: Buffer) => `Buffer.from('${bytes.toString('base64')}', 'base64')`
  const lie = (frame: object) => literal(encodeFrame(frame))
  const length = (bytes: number) => {
    const header = Buffer.alloc(4)
    header.writeUInt32BE(bytes)
    return literal(header)
  }
  const cases: [string, string, RegExp][] = [
    ['an answer nobody asked for', lie({ t: 'return', id: '0123456789abcdef', value: 1 }), /not open/],
    ['a second ready', lie({ t: 'ready' }), /ready twice/],
    ['a verdict', lie({ t: 'verdict', verdict: 'accepted' }), /unknown type/],
    ['a callback that was never given', lie({ t: 'callback', id: 1, fn: 0, args: [] }), /never given/],
    ['a giant length', length(0xffffffff), /4294967295/],
    ['an empty frame', length(0), /a frame of 0 bytes/],
    ['bytes of no kind', `Buffer.alloc(100, 0xff)`, /a frame of/],
    ['millions of brackets', `Buffer.concat([${length(5_000_000)}, Buffer.alloc(5e6, '[')])`, /nested deeper/],
    ['millions of values', `Buffer.concat([${length(5_000_000)}, Buffer.alloc(5e6, '1,')])`, /more than 250000 values/],
    ['broken UTF-8', `Buffer.concat([${length(4)}, Buffer.from([0x22, 0xc3, 0x28, 0x22])])`, /not JSON in UTF-8/],
  ]
  test.each(cases)('%s', async (_name, bytes, violation) => {
    const code = `import { writeSync } from 'node:fs'
export const run = () => { const b = ${bytes}; for (let at = 0; at < b.length; ) try { at += writeSync(4, b, at) } catch {}; return 1 }`
    const { sandbox, session } = await start('typescript', code)
    await session.call('run', [], 'int').catch(() => {})
    await session.closed
    expect(session.violation).toMatch(violation)
    expect(await sandbox.ended).toMatchObject({ oomKilled: false })
  })

  test('an answer while loading', async () => {
    const code = `import os, struct
os.write(4, struct.pack('>I', 14) + b'{"t":"loaded"}')
def run(): return 1`
    const { session } = await start('python', code)
    await session.closed
    expect(session.violation).toContain('loaded that nobody asked for')
  })

  test('a frame that drips is waited for no longer than the caller wants', async () => {
    const code = `import { writeSync } from 'node:fs'
export const run = () => { writeSync(4, Buffer.from([0, 0x7f, 0, 0])); setInterval(() => writeSync(4, ' '), 1) ; return new Promise(() => {}) }`
    expect(await play(await start('typescript', code))).toEqual(killed)
  })
})
