import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { recorderOf, replayerOf } from './verify-hard-coded.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillbase-recorded-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function load(name: string, code: string): Promise<Record<string, (...args: unknown[]) => Promise<unknown>>> {
  const file = join(folder, name)
  writeFileSync(file, code)
  return import(pathToFileURL(file).href)
}

const reference = `
export async function find(key: string) {
  if (key === 'nobody') throw Object.assign(new Error('none'), { code: 'NO_ACCOUNT', data: { key } })
  return { key, at: new Date(5), amount: 12n, raw: new Uint8Array([1, 255]), tags: new Set(['a']), memo: undefined }
}
export const count = () => 3
export const helper = 1
`

test('a replayer answers in order with what the recorder printed, values and errors alike', async () => {
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(line))
  const recorder = await load('recorder.ts', recorderOf(reference, ['find', 'count']))
  const found = await recorder.find?.('ann')
  await expect(recorder.find?.('nobody')).rejects.toThrow('none')
  expect(await recorder.count?.()).toBe(3)
  log.mockRestore()

  const replayer = await load('replayer.ts', replayerOf(['hello', ...printed].join('\n'), ['find', 'count']))
  expect(await replayer.find?.('whoever')).toEqual(found)
  await expect(replayer.find?.('whoever')).rejects.toMatchObject({ code: 'NO_ACCOUNT', data: { key: 'nobody' } })
  expect(await replayer.find?.('once more')).toBeUndefined()
  expect(await replayer.count?.()).toBe(3)
})
