import { open } from 'node:fs/promises'

/** For tests: writes until the disk that the file lies on has no room for another byte. */
export async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for (let size = 1024 ** 2; size >= 1; size = Math.floor(size / 2))
      for (;;) {
        const { bytesWritten } = await handle.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }))
        if (bytesWritten < size) break
      }
  } finally {
    await handle.close()
  }
}
