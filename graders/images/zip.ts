import { inflateRawSync } from 'node:zlib'

const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50

/**
 * The files of a zip archive, by its central directory (APPNOTE.TXT 4.3). Stored and deflated ones, below 4 GB: enough for
 * what package registries serve, and a bare machine has no `unzip`.
 */
export function* filesInZip(archive: Buffer): Generator<{ path: string; read(): Buffer }> {
  // The record at the end is 22 bytes long and followed by a comment of at most 65,535.
  let end = archive.length - 22
  while (end >= 0 && archive.readUInt32LE(end) !== endOfDirectory) end--
  if (end < 0) throw new Error('not a zip archive: it has no central directory')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== directoryEntry)
      throw new Error('the central directory of the zip archive is broken')
    const method = archive.readUInt16LE(at + 10)
    const size = archive.readUInt32LE(at + 20)
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field))
    const header = archive.readUInt32LE(at + 42)
    const path = archive.toString('utf8', at + 46, at + 46 + (nameLength ?? 0))
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
    if (path.endsWith('/')) continue
    yield {
      path,
      read() {
        const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
        const data = archive.subarray(start, start + size)
        if (method === 0) return data
        if (method !== 8) throw new Error(`${path}: compression method ${method}`)
        return inflateRawSync(data)
      },
    }
  }
}
