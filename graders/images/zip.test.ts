import { randomBytes } from 'node:crypto'
import { crc32, deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { filesInZip } from './zip.ts'

type Entry = { path: string; content: Buffer; stored?: boolean }

/** An archive as `zip` writes it, with a comment at its end. */
function zipOf(entries: Entry[]): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { path, content, stored } of entries) {
    const name = Buffer.from(path)
    const data = stored ? content : deflateRawSync(content)
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(stored ? 0 : 8, 4)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(data.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, name, data])
    const place = Buffer.alloc(14)
    place.writeUInt32LE(at, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), facts, place, name]))
    files.push(local)
    at += local.length
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(size, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(7, 20)
  return Buffer.concat([...files, ...directory, end, Buffer.from('comment')])
}

const read = (archive: Buffer) => [...filesInZip(archive)].map(({ path, read }) => ({ path, content: read() }))

test('deflated and stored files come out as they went in, folders not at all', () => {
  const entries: Entry[] = [
    { path: 'go/', content: Buffer.alloc(0), stored: true },
    { path: 'go/ätext', content: Buffer.from('text '.repeat(1000)) },
    { path: 'go/noise', content: randomBytes(5000), stored: true },
  ]
  expect(read(zipOf(entries))).toEqual(entries.slice(1).map(({ path, content }) => ({ path, content })))
})

test('what is no archive is refused', () => {
  expect(() => read(randomBytes(10))).toThrow('no central directory')
})
