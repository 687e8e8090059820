import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { rejects, within } from './until.ts'

const never = new Promise<never>(() => {})
const longMs = 60_000

test('a call that ends in time gives what it gives', async () => {
  expect(await within(pause(1, 7), longMs)).toBe(7)
  const error = Object.assign(new Error('refused'), { code: 'FULL' })
  await expect(within(Promise.reject(error), longMs)).rejects.toBe(error)
})

test('a call that does not end is a failed assertion that names what was waited for', async () => {
  await expect(within(never, 1, 'a place')).rejects.toMatchObject({
    name: 'AssertionError',
    message: 'a place did not happen within 1 ms',
  })
})

test('being late is no rejection with a code', async () => {
  await expect(rejects(within(never, 1), 'FULL')).rejects.toMatchObject({ name: 'AssertionError' })
})

test('a call that fails after its time disturbs nobody', async () => {
  const { promise, reject } = Promise.withResolvers<void>()
  await expect(within(promise, 1)).rejects.toThrow('did not happen')
  reject(new Error('too late'))
  await pause(1)
})
