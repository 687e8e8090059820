import { expect, test } from 'vitest'
import { untilThereIsRoomMs } from './back-pressure.ts'

test.each([
  ['a twentieth of the queue at 60 a minute', { waiting: 100, queueLength: 100, finished: 60 }, 5_000],
  ['and what is beyond the queue', { waiting: 110, queueLength: 100, finished: 60 }, 15_000],
  ['at half the pace twice as long', { waiting: 100, queueLength: 100, finished: 30 }, 10_000],
  ['one of a short queue', { waiting: 2, queueLength: 2, finished: 60 }, 1_000],
  ['never sooner than after a second', { waiting: 1, queueLength: 1, finished: 100_000 }, 1_000],
  ['where nothing was finished, as long as may be', { waiting: 100, queueLength: 100, finished: 0 }, 120_000],
])('room is expected after the time for %s', (_, queue, ms) => expect(untilThereIsRoomMs(queue)).toBe(ms))
