import { describe, expect, test } from 'vitest'
import { caps, encodeFrame, FrameReader, parseFrame } from './frames.ts'

const readAll = (chunks: Buffer[]): string[] => {
  const reader = new FrameReader()
  return chunks.flatMap((chunk) => [...reader.read(chunk)].map(String))
}

describe('cutting bytes into frames', () => {
  const bytes = Buffer.concat([encodeFrame({ a: 1 }), encodeFrame({ b: 'ü'.repeat(100_000) }), encodeFrame({})])

  test.each([1, 3, 4, 7, 65_536, bytes.length])('in pieces of %i bytes', (size) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    expect(readAll(pieces)).toEqual(['{"a":1}', JSON.stringify({ b: 'ü'.repeat(100_000) }), '{}'])
  })

  test('refuses a length before it keeps a byte of it', () => {
    expect(() => readAll([Buffer.from([0xff, 0xff, 0xff, 0xff])])).toThrow('a frame of 4294967295 bytes')
    expect(() => readAll([Buffer.from([0, 0, 0, 0])])).toThrow('a frame of 0 bytes')
  })

  test('refuses more bytes in one run than are allowed', () => {
    const frame = Buffer.alloc(4 + 1024 * 1024, 0x20)
    frame.writeUInt32BE(1024 * 1024)
    const count = Math.ceil(caps.totalBytes / frame.length) + 1
    expect(() => readAll(Array.from({ length: count }, () => frame))).toThrow('bytes in one run')
  })
})

describe('parsing a frame', () => {
  test('takes what is just under the caps', () => {
    expect(parseFrame(Buffer.from(`${'['.repeat(caps.depth)}${']'.repeat(caps.depth)}`))).toBeInstanceOf(Array)
    expect(parseFrame(Buffer.from(`[${'1,'.repeat(caps.nodes - 3)}1]`))).toHaveLength(caps.nodes - 2)
  })

  test.each([
    ['deeper than allowed', '['.repeat(100_000), 'nested deeper'],
    ['more values than allowed', `[${'1,'.repeat(caps.nodes)}1]`, 'values in one frame'],
    ['a string without an end', '{"a":"\\"}', 'not JSON'],
    ['not JSON', '{a:1}', 'not JSON'],
  ])('refuses %s', (_name, text, reason) => {
    expect(() => parseFrame(Buffer.from(text))).toThrow(reason)
  })

  test('does not count brackets and commas inside strings', () => {
    const text = `${'[,{'.repeat(100_000)}\\"\\\\`
    expect(parseFrame(Buffer.from(JSON.stringify({ text })))).toEqual({ text })
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseFrame(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow('not JSON in UTF-8')
  })
})
