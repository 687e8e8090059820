import type { EngineHealth, GradersHealth } from '../../graders/grade.ts'

const waiting: EngineHealth = { image: null, version: null, state: 'waiting', step: null, message: null }

/** Health while there are no graders to ask: the process starts, has none to use, or runs elsewhere. */
export const healthWithoutGraders = (state: GradersHealth['state'], message: string | null): GradersHealth => ({
  state,
  message,
  engines: { postgres: waiting, mongodb: waiting, redis: waiting, dynamodb: waiting },
  images: [],
  warm: {
    busySlots: 0,
    bytes: 0,
    judges: 0,
    engines: { postgres: 0, mongodb: 0, redis: 0, dynamodb: 0 },
    sandboxes: [],
  },
})
