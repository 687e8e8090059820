export type Rating = 'again' | 'hard' | 'good' | 'easy'
export type State = 'new' | 'learning' | 'review' | 'relearning'
export type ItemKind = 'card' | 'exercise'

/** Memory of one item for one learner. Times are epoch milliseconds (UTC); study days are ISO dates 'YYYY-MM-DD'. */
export type Memory = {
  state: State
  /** Days until retrievability falls to 90 %; 0 while new. */
  stability: number
  /** 1 (easy) to 10; 0 while new. */
  difficulty: number
  dueAt: number
  dueDay: string
  lastReviewAt: number | null
  lastReviewDay: string | null
  scheduledDays: number
  learningStep: number
  reps: number
  lapses: number
}

export type Settings = {
  desiredRetention: number
  maximumIntervalDays: number
  /** Whole minutes. */
  learningStepsMin: number[]
  /** Whole minutes. */
  relearningStepsMin: number[]
  /** The 21 weights of FSRS-6. */
  parameters: number[]
  fsrsVersion: 6
  fuzz: boolean
  newPerDay: number
  reviewsPerDay: number
  learnAheadMin: number
  leechLapses: number
  leechEvery: number
  timeZone: string
  rolloverHour: number
}

/** The parameters are the published FSRS-6 defaults (ts-fsrs `default_w`), repeated here because only schedule.ts imports ts-fsrs. */
export const defaultSettings: Settings = {
  desiredRetention: 0.9,
  maximumIntervalDays: 36500,
  learningStepsMin: [1, 10],
  relearningStepsMin: [10],
  parameters: [
    0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629, 1.6483,
    0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542,
  ],
  fsrsVersion: 6,
  fuzz: true,
  newPerDay: 20,
  reviewsPerDay: 200,
  learnAheadMin: 20,
  leechLapses: 8,
  leechEvery: 4,
  timeZone: 'UTC',
  rolloverHour: 4,
}

/** `now` is epoch milliseconds, `timeZone` an IANA name. */
export type Clock = { now: number; timeZone: string; rolloverHour: number }

/** What one rating would do; `memory` is exactly what answering with it stores. `label` reads "10 min", "3 d", "1.2 mo". */
export type Preview = { rating: Rating; memory: Memory; intervalMs: number; label: string }

/** What the queue needs to know of an item. */
export type QueueItem = {
  id: string
  kind: ItemKind
  section: string
  /** Items with the same key are siblings: cards of one note, exercises on one concept. */
  siblings: string
  /** All that it is about. */
  concepts: readonly string[]
  /** Course order of new items. */
  order: number
  version: number
  memory: Memory
  suspended: boolean
  /** The study day on which the item comes back. */
  buriedUntilDay: string | null
  expectedMs: number
  unlocked: boolean
}

export type QueueOptions = {
  settings: Settings
  clock: Clock
  /**
   * What was answered on the clock's study day: how many new items and reviews, and the keys of their siblings.
   * Which item of a key it was shows in its own `lastReviewDay`, so it never buries itself.
   */
  doneToday: { new: number; reviews: number; siblings: Set<string> }
  /** A time box: choose what gains most per minute and fits. */
  budgetMs?: number
}

export type Queued = { id: string; why: 'learning' | 'review' | 'new' | 'learn-ahead' }

/** One line of the review log as the figures need it. `rating` is null for a manual change or a reschedule: neither is recall. */
export type LogEntry = { itemId: string; day: string; stateBefore: State; rating: Rating | null }
