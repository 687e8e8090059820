import { type Clock, defaultSettings } from '../scheduler/types.ts'
import type { Learner, Store } from '../store/store.ts'

/** The one learner of a machine without accounts; a new one lives in the machine's time zone. */
export const localLearner = (store: Store): Promise<Learner> =>
  store.learners.local({ ...defaultSettings, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone })

/** The learner's own clock at an instant (epoch ms). */
export const clockAt = ({ settings }: Learner, now: number): Clock => ({
  now,
  timeZone: settings.timeZone,
  rolloverHour: settings.rolloverHour,
})
