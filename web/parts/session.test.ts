import { expect, test } from 'vitest'
import type { QueueItem } from '../../server/api/contract.ts'
import { answer, bringForward, emptySession, forget, putOff, refresh, takeBack } from './session.ts'

const item = (id: string, version = 0) => ({ item: `card:${id}`, version }) as QueueItem
const ids = ({ items }: { items: QueueItem[] }) => items.map((one) => one.item.slice('card:'.length)).join('')
const none = new Set<string>()
const abc = refresh(emptySession, [item('a'), item('b'), item('c')], none, 5)

test('the next item is on the screen as soon as one is answered', () => {
  const after = answer(abc, 'r1')
  expect(ids(after)).toBe('bc')
  expect(after.left).toBe(4)
  expect(after.answered).toEqual([{ reviewId: 'r1', shown: item('a') }])
})

test('a fresh queue replaces what follows and leaves the screen alone', () => {
  const onScreen = answer(abc, 'r1')
  expect(ids(refresh(onScreen, [item('a', 1), item('c'), item('b'), item('d')], none, 4))).toBe('bacd')
})

test('a fresh queue brings the newest version of what is on the screen', () => {
  expect(refresh(abc, [item('a', 3), item('b')], none, 2).items[0]).toEqual(item('a', 3))
  const [shown] = abc.items
  expect(refresh(abc, [item('a'), item('b')], none, 2).items[0]).toBe(shown)
})

test('what has an answer on its way is not asked again', () => {
  const after = refresh(emptySession, [item('a'), item('b')], new Set(['card:a']), 2)
  expect(ids(after)).toBe('b')
  expect(after.left).toBe(1)
})

test('an exercise that was put off stays away for the sitting', () => {
  expect(ids(refresh(putOff(abc), [item('a'), item('b')], none, 2))).toBe('b')
})

test('an undo shows the item again in the version that the server gives', () => {
  const undone = takeBack(answer(abc, 'r1'), { item: 'card:a', version: 7 })
  expect(undone.items[0]).toEqual(item('a', 7))
  expect(undone.answered).toEqual([])
  expect(undone.left).toBe(abc.left)
})

test('an answer that was never sent is taken back as it was', () => {
  expect(takeBack(answer(abc, 'r1'), { item: 'card:a' })).toEqual(abc)
})

test('an undo of an earlier sitting comes to the front once the queue has it', () => {
  const unknown = takeBack(abc, { item: 'card:z', version: 1 })
  expect(unknown).toEqual(abc)
  expect(ids(bringForward(refresh(unknown, [item('b'), item('z', 1)], none, 2), 'card:z'))).toBe('zab')
})

test('a refused answer leaves neither its item nor a wrong count', () => {
  const after = forget(abc, 'card:a')
  expect(ids(after)).toBe('bc')
  expect(after.left).toBe(4)
})
