import pg from 'pg'

type Config = { pg: { host: string; port: number; user: string; password: string; database: string } }
type Row = { sku: string; price: string; version: bigint; note: string | null }
type Counts = { inserted: number; updated: number; skipped: number }

/**
 * A whole chunk as four arrays: four parameters, however many rows. ON CONFLICT must not meet a key twice in one statement,
 * so the best row of each key is chosen first. An inserted row has no xmax; an updated one carries that of its lock.
 */
const upsert = `
  with best as (
    select distinct on (sku) sku, price, version, note
    from unnest($1::text[], $2::numeric[], $3::bigint[], $4::text[])
      with ordinality as chunk (sku, price, version, note, place)
    order by sku, version desc, place desc
  ),
  written as (
    insert into prices as old (sku, price, version, note)
    select sku, price, version, note from best
    on conflict (sku) do update
      set price = excluded.price, version = excluded.version, note = excluded.note
      where old.version < excluded.version
    returning xmax = 0 as is_new
  )
  select count(*) filter (where is_new)::int as inserted, count(*) filter (where not is_new)::int as updated from written`

export async function load(config: Config, nextChunk: () => Promise<Row[] | null>): Promise<Counts> {
  const client = new pg.Client(config.pg)
  // A connection that dies while we wait for the feed has no query to report it to; the next one will fail.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    const counts = await loadAll(client, nextChunk)
    await client.query('commit')
    return counts
  } finally {
    // Ending the session undoes whatever was not committed.
    await client.end()
  }
}

/** The best row of each key first, so that the others of its chunk are skipped. */
async function* oneByOne(nextChunk: () => Promise<Row[] | null>): AsyncGenerator<Row[]> {
  for (let chunk = await nextChunk(); chunk !== null; chunk = await nextChunk())
    for (const row of chunk.reverse().sort((one, other) => Number(other.version - one.version))) yield [row]
}

async function loadAll(client: pg.Client, nextChunk: () => Promise<Row[] | null>): Promise<Counts> {
  const counts = { inserted: 0, updated: 0, skipped: 0 }
  // One chunk in hand at a time: the next is asked for when this one is written.
  for await (const chunk of oneByOne(nextChunk)) {
    const { rows } = await client.query<{ inserted: number; updated: number }>(upsert, [
      chunk.map((row) => row.sku),
      chunk.map((row) => row.price),
      chunk.map((row) => row.version),
      chunk.map((row) => row.note),
    ])
    const { inserted, updated } = rows[0] ?? { inserted: 0, updated: 0 }
    counts.inserted += inserted
    counts.updated += updated
    counts.skipped += chunk.length - inserted - updated
  }
  return counts
}
