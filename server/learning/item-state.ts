import { leechAfter } from '../scheduler/leech.ts'
import { answer, newMemory, settingsFor } from '../scheduler/schedule.ts'
import type { Clock, ItemKind, Settings } from '../scheduler/types.ts'
import type { ApplyReview, ItemState } from '../store/store.ts'

/** The state of an item without a row: never answered. */
export const freshState = (itemId: string, clock: Clock): ItemState => ({
  itemId,
  version: 0,
  memory: newMemory(clock),
  suspended: false,
  buriedUntilDay: null,
  leech: false,
})

/** What a review does to an item of this kind; pure, for the store to call inside its transaction and in replays. */
export function applyReview(kind: ItemKind, settings: Settings): ApplyReview {
  return (state, { rating, answeredAt, timeZone, rolloverHour }) => {
    const clock = { now: answeredAt, timeZone, rolloverHour }
    const memory = answer(state.memory, rating, clock, settingsFor(kind, settings), state.itemId)
    const lapsed = memory.lapses > state.memory.lapses
    // Once a leech, an item stays marked: recalling it once does not mend the card.
    return { memory, leech: state.leech || (lapsed && leechAfter(memory.lapses, settings)) }
  }
}
