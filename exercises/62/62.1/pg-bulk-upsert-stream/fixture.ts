export const schema = `
  create table public.prices (
    sku text primary key,
    price numeric not null,
    version bigint not null,
    note text
  );`

/** A price is text, because no float holds it. */
export type Row = { sku: string; price: string; version: bigint; note: string | null }
export type Counts = { inserted: number; updated: number; skipped: number }

/** A feed that hands out these chunks, then says that there are no more. */
export function feedOf(chunks: Row[][]): () => Promise<Row[] | null> {
  let next = 0
  return async () => chunks[next++] ?? null
}
