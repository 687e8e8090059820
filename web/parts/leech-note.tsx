import type { QueueItem } from '../../server/api/contract.ts'

/** An item that slips again and again says so, with what helps; showing it once more would not. */
export function LeechNote({ item }: { item: QueueItem }) {
  const section = item.card?.section ?? item.exercise?.section
  return (
    <aside class="note note-warn">
      <strong>Forgotten {item.memory.lapses} times.</strong> Repeating alone does not help here: read{' '}
      <a href={`/sections/${section}`}>section {section}</a> again, say the reason in your own words, and try it out
      once.
    </aside>
  )
}
