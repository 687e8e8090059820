import { describe, expect, test } from 'vitest'
import { addDays, daysBetween, startOfStudyDay, studyDay } from './day.ts'

const at = (iso: string) => Date.parse(iso)
const hourMs = 3_600_000

describe('the study day', () => {
  test.each([
    ['2026-11-23T03:59:59Z', 'UTC', '2026-11-22'],
    ['2026-11-23T04:00:00Z', 'UTC', '2026-11-23'],
    ['2026-11-22T23:30:00Z', 'Europe/Berlin', '2026-11-22'],
    ['2026-11-23T03:00:00Z', 'Europe/Berlin', '2026-11-23'],
    ['2026-11-23T03:00:00Z', 'America/New_York', '2026-11-22'],
    ['2026-01-01T03:59:59.999Z', 'UTC', '2025-12-31'],
    ['2026-11-22T22:14:59Z', 'Asia/Kathmandu', '2026-11-22'],
    ['2026-11-22T22:15:00Z', 'Asia/Kathmandu', '2026-11-23'],
  ])('%s in %s is %s', (instant, zone, day) => {
    expect(studyDay(at(instant), zone, 4)).toBe(day)
  })

  test('an unknown zone is refused', () => {
    expect(() => studyDay(0, 'Mars/Olympus', 4)).toThrow(RangeError)
  })
})

describe('daylight saving', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-29T02:00:00Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T03:00:00Z', 25],
    ['America/New_York', '2026-03-08', '2026-03-08T08:00:00Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T09:00:00Z', 25],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T17:30:00Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T17:00:00Z', 23.5],
    ['Pacific/Chatham', '2026-04-05', '2026-04-04T15:15:00Z', 25],
  ])('in %s the day %s starts at %s after a day of %s hours', (zone, day, start, hoursBefore) => {
    expect(new Date(startOfStudyDay(day, zone, 4)).toISOString()).toBe(new Date(start).toISOString())
    expect((startOfStudyDay(day, zone, 4) - startOfStudyDay(addDays(day, -1), zone, 4)) / hourMs).toBe(hoursBefore)
  })

  test('where the clock skips 04:00 the day starts at the switch (Baku, 2015)', () => {
    const start = startOfStudyDay('2015-03-29', 'Asia/Baku', 4)
    expect(new Date(start).toISOString()).toBe('2015-03-29T00:00:00.000Z')
    expect(studyDay(start - 1, 'Asia/Baku', 4)).toBe('2015-03-28')
    expect(studyDay(start, 'Asia/Baku', 4)).toBe('2015-03-29')
  })

  test('where the clock is put back across the rollover, yesterday does not come again', () => {
    // Berlin shows 02:30 twice on 2026-10-25; Casey went from 04:00 to 01:00 in 2018.
    expect(studyDay(at('2026-10-25T00:30:00Z'), 'Europe/Berlin', 2)).toBe('2026-10-25')
    expect(studyDay(at('2026-10-25T01:00:00Z'), 'Europe/Berlin', 2)).toBe('2026-10-25')
    const start = startOfStudyDay('2018-03-11', 'Antarctica/Casey', 3)
    expect(studyDay(start + 1.5 * hourMs, 'Antarctica/Casey', 3)).toBe('2018-03-11')
  })

  test('where a whole date is skipped the study day still exists, until the rollover (Apia, 2011-12-30)', () => {
    const start = startOfStudyDay('2011-12-30', 'Pacific/Apia', 4)
    expect(startOfStudyDay('2011-12-31', 'Pacific/Apia', 4) - start).toBe(4 * hourMs)
    expect(studyDay(start, 'Pacific/Apia', 4)).toBe('2011-12-30')
    expect(studyDay(start - 1, 'Pacific/Apia', 4)).toBe('2011-12-29')
  })

  test('reviews at 04:30 local, day after day over a year, leave no day empty', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago']) {
      let day = '2026-01-01'
      for (let n = 0; n < 365; n++) {
        expect(studyDay(startOfStudyDay(day, zone, 4) + hourMs / 2, zone, 4)).toBe(day)
        day = addDays(day, 1)
      }
    }
  })

  test('every day ends where the next one starts, in half-hour steps through all switches of a year', () => {
    for (const zone of ['Africa/Casablanca', 'America/Havana', 'Atlantic/Azores']) {
      for (const rolloverHour of [0, 1, 4]) {
        let last = ''
        for (let instant = at('2026-01-01T00:00Z'); instant < at('2027-01-01T00:00Z'); instant += hourMs / 2) {
          const day = studyDay(instant, zone, rolloverHour)
          if (day === last) continue
          if (last) expect([day, instant]).toEqual([addDays(last, 1), startOfStudyDay(day, zone, rolloverHour)])
          last = day
        }
      }
    }
  })
})

describe('dates', () => {
  test('days are counted on the calendar', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(addDays('2026-03-28', 365)).toBe('2027-03-28')
    expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
    expect(daysBetween('2026-03-30', '2026-03-28')).toBe(-2)
  })
})
