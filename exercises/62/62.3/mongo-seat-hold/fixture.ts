/** A show with its seats, for the hidden suite and the sample. */
export type Seat = { n: string; holder: string | null; until: Date | null; sold: boolean }
export type Show = { _id: string; seats: Seat[]; requests: { id: string; until: Date }[] }
export type Request = { showId: string; seats: string[]; holder: string; ms: number; requestId: string }
export type Answer = { until: Date; replayed: boolean }

/** A1, A2, … */
export const freeSeats = (row: string, count: number): Seat[] =>
  Array.from({ length: count }, (_, i) => ({ n: `${row}${i + 1}`, holder: null, until: null, sold: false }))
