import {
  type Card,
  createEmptyCard,
  type FSRS,
  type Grade as FsrsGrade,
  State as FsrsState,
  fsrs,
  Rating as Grade,
  type StepUnit,
  StrategyMode,
} from 'ts-fsrs'
import { addDays, daysBetween, startOfStudyDay, studyDay } from './day.ts'
import { intervalLabel } from './label.ts'
import {
  type Clock,
  defaultSettings,
  type ItemKind,
  type Memory,
  type Preview,
  type Rating,
  type Settings,
  type State,
} from './types.ts'

/**
 * The only file that imports ts-fsrs, which extends Date.prototype when loaded. Its dates are never real instants here: it is
 * handed UTC midnights of study days, so that the calendar days it counts are the learner's and not UTC's.
 */

const gradeOf: Record<Rating, FsrsGrade> = { again: Grade.Again, hard: Grade.Hard, good: Grade.Good, easy: Grade.Easy }
const fsrsStateOf: Record<State, FsrsState> = {
  new: FsrsState.New,
  learning: FsrsState.Learning,
  review: FsrsState.Review,
  relearning: FsrsState.Relearning,
}
const stateOf: Record<FsrsState, State> = {
  [FsrsState.New]: 'new',
  [FsrsState.Learning]: 'learning',
  [FsrsState.Review]: 'review',
  [FsrsState.Relearning]: 'relearning',
}

/** Thrown before ts-fsrs can replace what it does not understand by its defaults without a word. */
export class InvalidSettings extends Error {
  readonly code = 'invalid-settings'
  override readonly name = 'InvalidSettings'
}

type ItemCard = Card & { itemId: string }

const enginesBySettings = new WeakMap<Settings, FSRS>()

/** One engine per settings object, which is taken as a value: change settings by making another object. */
function engineFor(settings: Settings): FSRS {
  let engine = enginesBySettings.get(settings)
  if (engine) return engine
  checkSettings(settings)
  const steps = (minutes: number[]) => minutes.map((minute): StepUnit => `${minute}m`)
  engine = fsrs({
    request_retention: settings.desiredRetention,
    maximum_interval: settings.maximumIntervalDays,
    w: settings.parameters,
    enable_fuzz: settings.fuzz,
    learning_steps: steps(settings.learningStepsMin),
    relearning_steps: steps(settings.relearningStepsMin),
  })
  // By item and repetition only: the library's own seed holds the clock, and then the button and the stored interval differ.
  engine.useStrategy(StrategyMode.SEED, function () {
    const card = this.current as ItemCard
    return `${card.itemId} ${card.reps}`
  })
  enginesBySettings.set(settings, engine)
  return engine
}

function checkSettings(settings: Settings): void {
  const { parameters, desiredRetention, maximumIntervalDays, learningStepsMin, relearningStepsMin } = settings
  if (parameters.length !== 21 || !parameters.every(Number.isFinite))
    throw new InvalidSettings(`FSRS-6 needs 21 finite parameters, got ${parameters.length}`)
  if (!(desiredRetention > 0 && desiredRetention < 1))
    throw new InvalidSettings(`Desired retention lies between 0 and 1, got ${desiredRetention}`)
  if (!(Number.isInteger(maximumIntervalDays) && maximumIntervalDays >= 1))
    throw new InvalidSettings(`The maximum interval is at least one whole day, got ${maximumIntervalDays}`)
  if (![...learningStepsMin, ...relearningStepsMin].every((step) => Number.isInteger(step) && step >= 1))
    throw new InvalidSettings('Learning steps are whole minutes, at least 1')
}

const settingsWithoutSteps = new WeakMap<Settings, Settings>()

/**
 * The settings for one kind of item: an exercise has no learning steps, because nobody writes the same code again after one
 * and after ten minutes; its first interval is counted in days.
 */
export function settingsFor(kind: ItemKind, settings: Settings): Settings {
  if (kind === 'card') return settings
  let without = settingsWithoutSteps.get(settings)
  if (!without) {
    without = { ...settings, learningStepsMin: [], relearningStepsMin: [] }
    settingsWithoutSteps.set(settings, without)
  }
  return without
}

/** The memory of an item never answered. */
export function newMemory(clock: Clock): Memory {
  return {
    state: 'new',
    stability: 0,
    difficulty: 0,
    dueAt: clock.now,
    dueDay: studyDay(clock.now, clock.timeZone, clock.rolloverHour),
    lastReviewAt: null,
    lastReviewDay: null,
    scheduledDays: 0,
    learningStep: 0,
    reps: 0,
    lapses: 0,
  }
}

/** Instant and study day of an answer. Neither goes back behind the last review: a clock set back, a flight west. */
function momentOf(memory: Memory, clock: Clock): { at: number; day: string } {
  const at = Math.max(clock.now, memory.lastReviewAt ?? clock.now)
  const day = studyDay(at, clock.timeZone, clock.rolloverHour)
  return { at, day: memory.lastReviewDay !== null && memory.lastReviewDay > day ? memory.lastReviewDay : day }
}

const midnight = (day: string) => new Date(`${day}T00:00:00Z`)

function cardOf(memory: Memory, settings: Settings, itemId: string): ItemCard {
  const stepsMin = memory.state === 'learning' ? settings.learningStepsMin : settings.relearningStepsMin
  return {
    // Also gives the deprecated fields that the library still asks for; it sets them itself.
    ...createEmptyCard(midnight(memory.dueDay)),
    itemId,
    state: fsrsStateOf[memory.state],
    stability: memory.stability,
    difficulty: memory.difficulty,
    scheduled_days: memory.scheduledDays,
    // A step that the settings no longer have would make the library graduate an item that was just forgotten.
    learning_steps: memory.state === 'review' ? 0 : Math.max(0, Math.min(memory.learningStep, stepsMin.length - 1)),
    reps: memory.reps,
    lapses: memory.lapses,
    last_review: memory.lastReviewDay === null ? undefined : midnight(memory.lastReviewDay),
  }
}

/**
 * The memory after an answer. A review is due from the start of its study day, a learning step some minutes after the answer.
 * The same arguments always give the same memory, fuzz included. Throws InvalidSettings.
 */
export function answer(memory: Memory, rating: Rating, clock: Clock, settings: Settings, itemId: string): Memory {
  const { at, day } = momentOf(memory, clock)
  const reviewedAt = midnight(day)
  const { card } = engineFor(settings).next(cardOf(memory, settings, itemId), reviewedAt, gradeOf[rating])
  const strength = {
    state: stateOf[card.state],
    stability: card.stability,
    difficulty: card.difficulty,
    lastReviewAt: at,
    lastReviewDay: day,
    learningStep: card.learning_steps,
    reps: card.reps,
    lapses: card.lapses,
  }
  if (card.state !== FsrsState.Review) {
    const dueAt = at + (card.due.getTime() - reviewedAt.getTime())
    return { ...strength, dueAt, dueDay: studyDay(dueAt, clock.timeZone, clock.rolloverHour), scheduledDays: 0 }
  }
  // The library keeps Good and Easy a day apart even past the maximum.
  const scheduledDays = Math.min(card.scheduled_days, settings.maximumIntervalDays)
  const dueDay = addDays(day, scheduledDays)
  return { ...strength, dueAt: startOfStudyDay(dueDay, clock.timeZone, clock.rolloverHour), dueDay, scheduledDays }
}

const ratings: Rating[] = ['again', 'hard', 'good', 'easy']

/** What each of the four ratings would store now, in the order Again, Hard, Good, Easy. Throws InvalidSettings. */
export function preview(memory: Memory, clock: Clock, settings: Settings, itemId: string): Preview[] {
  const { at } = momentOf(memory, clock)
  return ratings.map((rating) => {
    const after = answer(memory, rating, clock, settings, itemId)
    const intervalMs = after.dueAt - at
    return { rating, memory: after, intervalMs, label: intervalLabel(after.scheduledDays, intervalMs) }
  })
}

/** The probability of recall now, by study days since the last review: 1 on the day of it, 0 for a new item. */
export function retrievability(memory: Memory, clock: Clock, settings: Settings = defaultSettings): number {
  return recallOn(memory, studyDay(clock.now, clock.timeZone, clock.rolloverHour), settings)
}

/** The probability of recall on a study day, for callers that ask about many items on one day. */
export function recallOn(memory: Memory, day: string, settings: Settings): number {
  return memory.lastReviewDay === null ? 0 : recallAfter(memory.stability, elapsedDays(memory, day), settings)
}

/** Study days since the last review, 0 for a new item and never negative. */
export function elapsedDays(memory: Memory, day: string): number {
  return memory.lastReviewDay === null ? 0 : Math.max(0, daysBetween(memory.lastReviewDay, day))
}

/** The forgetting curve of FSRS-6: the probability of recall some days after a review that left this stability (days). */
export function recallAfter(stability: number, days: number, settings: Settings): number {
  return engineFor(settings).forgetting_curve(days, stability)
}

export type Strength = Pick<Memory, 'stability' | 'difficulty'>

/** Stability and difficulty after a rating, without scheduling; null stands for an item never answered. */
export function strengthAfter(strength: Strength | null, days: number, rating: Rating, settings: Settings): Strength {
  return engineFor(settings).next_state(strength, days, gradeOf[rating])
}

/** Whole days until recall has fallen to the desired retention, at least 1 and without fuzz. */
export function intervalDays(stability: number, settings: Settings): number {
  return Math.max(1, Math.round(stability * engineFor(settings).interval_modifier))
}
