import { expect, test } from 'vitest'
import { Permits } from './permits.ts'

test('so many are inside; the others follow in the order they came', async () => {
  const permits = new Permits(1)
  const order: string[] = []
  const leave = await permits.take()
  const second = permits.take().then((done) => {
    order.push('second')
    done()
  })
  const third = permits.take().then((done) => {
    order.push('third')
    done()
  })
  expect(order).toEqual([])
  leave()
  leave()
  await Promise.all([second, third])
  expect(order).toEqual(['second', 'third'])
})

test('whoever gives up while waiting leaves the queue and is not counted', async () => {
  const permits = new Permits(1)
  const leave = await permits.take()
  const giveUp = new AbortController()
  const waiting = permits.take(giveUp.signal)
  giveUp.abort(new Error('cancelled'))
  await expect(waiting).rejects.toThrow('cancelled')
  leave()
  await permits.take()
  await expect(permits.take(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
})
