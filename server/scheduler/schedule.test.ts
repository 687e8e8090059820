import { describe, expect, test } from 'vitest'
import { addDays, daysBetween, startOfStudyDay, studyDay } from './day.ts'
import { clockOn, memoryAfter, minuteMs, randomRating, seededRandom, today, zone } from './examples.ts'
import { answer, InvalidSettings, newMemory, preview, retrievability, settingsFor } from './schedule.ts'
import { type Clock, defaultSettings, type Memory, type Rating, type Settings } from './types.ts'

const settings = defaultSettings
const ratings: Rating[] = ['again', 'hard', 'good', 'easy']
const inReview = () => memoryAfter(['good', 'good', 'good'], 'a', '2026-11-01')

describe('shown equals stored', () => {
  test('the interval on the button is the one stored, for 1000 items with fuzz, whenever they are answered', () => {
    const random = seededRandom(1)
    let fuzzed = 0
    for (let n = 0; n < 1000; n++) {
      const itemId = `item-${n}`
      let memory = newMemory(clockOn(today))
      let now = clockOn(today).now
      for (let review = 0; review < 6; review++) {
        const shown = preview(memory, { ...clockOn(today), now }, settings, itemId)
        const rating = randomRating(random)
        const later = { ...clockOn(today), now: now + Math.floor(random() * 20_000) }
        const stored = answer(memory, rating, later, settings, itemId)
        const button = shown.find((one) => one.rating === rating)
        expect(button?.memory.scheduledDays).toBe(stored.scheduledDays)
        expect(button?.memory.stability).toBe(stored.stability)
        if (stored.state === 'review') expect(button?.memory.dueAt).toBe(stored.dueAt)
        const plain = answer(memory, rating, later, { ...settings, fuzz: false }, itemId)
        if (plain.scheduledDays !== stored.scheduledDays) fuzzed++
        memory = stored
        now = Math.max(memory.dueAt, now) + Math.floor(random() * 86_400_000)
      }
    }
    expect(fuzzed).toBeGreaterThan(1000)
  })

  test('the memory in a preview is what answering at that moment stores', () => {
    for (const memory of [newMemory(clockOn(today)), inReview(), memoryAfter(['again'], 'a', today)])
      for (const { rating, memory: shown } of preview(memory, clockOn(today), settings, 'a'))
        expect(shown).toEqual(answer(memory, rating, clockOn(today), settings, 'a'))
  })

  test('items whose ids have the same digits are fuzzed apart', () => {
    const mature = { ...inReview(), stability: 400, dueDay: today, lastReviewDay: '2025-11-23' }
    const days = (itemId: string) => answer(mature, 'good', clockOn(today), settings, itemId).scheduledDays
    expect(new Set(['12', '21', '111', '3', '30', '300', '1e1', '0x1'].map(days)).size).toBeGreaterThan(4)
  })

  test('answering changes nothing it was given', () => {
    const memory = inReview()
    const snapshot = structuredClone(memory)
    preview(memory, clockOn(today), settings, 'a')
    answer(memory, 'again', clockOn(today), settings, 'a')
    expect(memory).toEqual(snapshot)
  })
})

describe('due', () => {
  test('a review is due from the start of its study day', () => {
    const memory = answer(newMemory(clockOn(today)), 'easy', clockOn(today, 1050), settings, 'a')
    expect(memory.state).toBe('review')
    expect(memory.dueDay).toBe(addDays(today, memory.scheduledDays))
    expect(memory.dueAt).toBe(startOfStudyDay(memory.dueDay, zone, 4))
  })

  test('learning steps are minutes from the answer', () => {
    const { now } = clockOn(today)
    const step = (rating: Rating) =>
      answer(newMemory(clockOn(today)), rating, clockOn(today), settings, 'a').dueAt - now
    expect(ratings.slice(0, 3).map(step)).toEqual([1, 6, 10].map((minutes) => minutes * minuteMs))
  })

  test('a learning step across the rollover belongs to the next study day', () => {
    const late: Clock = { ...clockOn(today), now: startOfStudyDay(addDays(today, 1), zone, 4) - 2 * minuteMs }
    const memory = answer(newMemory(late), 'good', late, settings, 'a')
    expect([memory.lastReviewDay, memory.dueDay]).toEqual([today, addDays(today, 1)])
  })

  test('a lapse goes to relearning and is counted', () => {
    const memory = answer(inReview(), 'again', clockOn(today), settings, 'a')
    expect(memory).toMatchObject({ state: 'relearning', lapses: 1, scheduledDays: 0 })
    expect(answer(memory, 'good', clockOn(today, 310), settings, 'a')).toMatchObject({ state: 'review', lapses: 1 })
  })

  test('an exercise is scheduled in days from its first answer', () => {
    const forExercises = settingsFor('exercise', settings)
    for (const rating of ratings) {
      const memory = answer(newMemory(clockOn(today)), rating, clockOn(today), forExercises, 'a')
      expect(memory.state).toBe('review')
      expect(memory.dueDay > today).toBe(true)
    }
    expect(settingsFor('exercise', settings)).toBe(forExercises)
    expect(settingsFor('card', settings)).toBe(settings)
  })

  test('no interval passes the maximum, Easy included', () => {
    const short = { ...settings, maximumIntervalDays: 7 }
    const days = preview({ ...inReview(), stability: 300 }, clockOn(today), short, 'a').map(
      (one) => one.memory.scheduledDays,
    )
    expect(Math.max(...days)).toBe(7)
  })

  test('an item on a step that the settings no longer have is not graduated by Again', () => {
    const onSecondStep = memoryAfter(['good'], 'a', today)
    expect(onSecondStep.learningStep).toBe(1)
    const oneStep = { ...settings, learningStepsMin: [5] }
    const after = answer(onSecondStep, 'again', clockOn(today, 320), oneStep, 'a')
    expect(after).toMatchObject({ state: 'learning', learningStep: 0 })
  })

  test('a step of a day or more is counted in study days', () => {
    const overNight = { ...settings, learningStepsMin: [10, 1440] }
    const memory = answer(newMemory(clockOn(today)), 'good', clockOn(today), overNight, 'a')
    expect(memory).toMatchObject({ scheduledDays: 1, dueDay: addDays(today, 1) })
    expect(answer(memory, 'again', clockOn(addDays(today, 1)), overNight, 'a').state).toBe('relearning')
  })
})

describe('elapsed days are study days', () => {
  const stabilityAfter = (firstAt: string, secondAt: string, timeZone: string) => {
    const clock = (iso: string): Clock => ({ now: Date.parse(iso), timeZone, rolloverHour: 4 })
    const first = answer(newMemory(clock(firstAt)), 'easy', clock(firstAt), settings, 'a')
    return answer(first, 'good', clock(secondAt), settings, 'a').stability
  }

  test('two minutes around midnight UTC are the same study day', () => {
    const aroundMidnight = stabilityAfter('2026-11-23T23:59:00Z', '2026-11-24T00:01:00Z', 'UTC')
    expect(aroundMidnight).toBe(stabilityAfter('2026-11-23T12:00:00Z', '2026-11-23T12:02:00Z', 'UTC'))
  })

  test('two minutes around the rollover are a day', () => {
    const aroundRollover = stabilityAfter('2026-11-24T03:59:00Z', '2026-11-24T04:01:00Z', 'UTC')
    expect(aroundRollover).toBe(stabilityAfter('2026-11-23T12:00:00Z', '2026-11-24T12:00:00Z', 'UTC'))
  })

  test('the learner’s own days count, wherever that is', () => {
    for (const timeZone of ['Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kolkata']) {
      const evening = startOfStudyDay('2026-03-20', timeZone, 4) + 17 * 60 * minuteMs
      const morning = startOfStudyDay('2026-03-30', timeZone, 4) + 2 * 60 * minuteMs
      const [first, second] = [evening, morning].map((at) => new Date(at).toISOString()) as [string, string]
      expect(stabilityAfter(first, second, timeZone)).toBe(
        stabilityAfter('2026-03-20T12:00:00Z', '2026-03-30T12:00:00Z', 'UTC'),
      )
    }
  })

  test.each([
    ['spring', '2026-03-28'],
    ['autumn', '2026-10-24'],
  ])('a review at 04:30 on each side of the %s switch is one day after the other', (_, day) => {
    const memory = answer(newMemory(clockOn(day, 30)), 'easy', clockOn(day, 30), settings, 'a')
    const next = answer(memory, 'good', clockOn(addDays(day, 1), 30), settings, 'a')
    expect([memory.lastReviewDay, next.lastReviewDay]).toEqual([day, addDays(day, 1)])
    expect(next.dueAt).toBe(startOfStudyDay(next.dueDay, zone, 4))
    expect(studyDay(next.dueAt, zone, 4)).toBe(next.dueDay)
  })

  test('recall falls with study days, not with periods of 24 hours', () => {
    const memory = answer(newMemory(clockOn(today, 1200)), 'easy', clockOn(today, 1200), settings, 'a')
    const recall = (day: string, minutes: number) => retrievability(memory, clockOn(day, minutes))
    expect(recall(today, 1400)).toBe(1)
    expect(recall(addDays(today, 1), 5)).toBe(recall(addDays(today, 1), 1400))
    expect(recall(addDays(today, 1), 5)).toBeLessThan(1)
    expect(retrievability({ ...memory, stability: 10 }, clockOn(addDays(today, 10)))).toBeCloseTo(0.9, 6)
    expect(retrievability(newMemory(clockOn(today)), clockOn(today))).toBe(0)
  })
})

describe('clocks and zones that move', () => {
  test('a clock set back two days counts as the moment of the last review', () => {
    const memory = inReview()
    const back = clockOn(addDays(memory.lastReviewDay as string, -2))
    const after = answer(memory, 'good', back, settings, 'a')
    expect(after).toMatchObject({ lastReviewAt: memory.lastReviewAt, lastReviewDay: memory.lastReviewDay })
    expect(daysBetween(memory.lastReviewDay as string, after.dueDay)).toBe(after.scheduledDays)
    expect(retrievability(memory, back)).toBe(1)
  })

  test('after a flight west the study day of a review does not go back', () => {
    const tokyo: Clock = { now: Date.parse('2026-11-23T00:00:00Z'), timeZone: 'Asia/Tokyo', rolloverHour: 4 }
    const honolulu: Clock = { now: tokyo.now + 7 * 60 * minuteMs, timeZone: 'Pacific/Honolulu', rolloverHour: 4 }
    const memory = answer(newMemory(tokyo), 'good', tokyo, settings, 'a')
    expect(studyDay(honolulu.now, 'Pacific/Honolulu', 4)).toBe('2026-11-22')
    expect(answer(memory, 'good', honolulu, settings, 'a').lastReviewDay).toBe('2026-11-23')
  })

  test('a change of zone leaves the days of past reviews alone', () => {
    const memory = inReview()
    const far = preview(memory, { ...clockOn(today), timeZone: 'Pacific/Auckland' }, settings, 'a')
    expect(far).toHaveLength(4)
    expect(memory).toEqual(inReview())
  })
})

describe('settings that FSRS would take in silence', () => {
  test.each<[string, Partial<Settings>]>([
    ['19 parameters', { parameters: settings.parameters.slice(0, 19) }],
    ['20 parameters', { parameters: settings.parameters.slice(0, 20) }],
    ['a parameter that is no number', { parameters: [...settings.parameters.slice(0, 20), Number.NaN] }],
    ['a retention of 0', { desiredRetention: 0 }],
    ['a retention of 90', { desiredRetention: 90 }],
    ['no maximum interval', { maximumIntervalDays: 0 }],
    ['a step of half a minute', { learningStepsMin: [0.5] }],
  ])('%s are refused', (_, change) => {
    const run = () => answer(newMemory(clockOn(today)), 'good', clockOn(today), { ...settings, ...change }, 'a')
    expect(run).toThrow(InvalidSettings)
  })
})

test('a memory survives storage as JSON', () => {
  const memory: Memory = inReview()
  const stored = JSON.parse(JSON.stringify(memory)) as Memory
  expect(answer(stored, 'good', clockOn(today), settings, 'a')).toEqual(
    answer(memory, 'good', clockOn(today), settings, 'a'),
  )
})
