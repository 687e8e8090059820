from contextlib import closing

import psycopg2

# A whole chunk as four arrays: one statement, however many rows. ON CONFLICT must not meet a key twice in one statement, so
# the best row of each key is chosen first. An inserted row has no xmax; an updated one carries that of its lock.
UPSERT = """
    WITH best AS (
        SELECT DISTINCT ON (sku) sku, price, version, note
        FROM unnest(%s::text[], %s::numeric[], %s::bigint[], %s::text[])
            WITH ORDINALITY AS chunk (sku, price, version, note, place)
        ORDER BY sku, version DESC, place DESC
    ),
    written AS (
        INSERT INTO prices AS old (sku, price, version, note)
        SELECT sku, price, version, note FROM best
        ON CONFLICT (sku) DO UPDATE
            SET price = excluded.price, version = excluded.version, note = excluded.note
            WHERE old.version < excluded.version
        RETURNING xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
"""


def load(cfg, next_chunk):
    # The connection's own "with" commits or rolls back; closing() ends the session.
    with closing(_connect(cfg["pg"])) as conn, conn, conn.cursor() as cur:
        counts = {"inserted": 0, "updated": 0, "skipped": 0}
        for chunk in list(iter(next_chunk, None)):
            cur.execute(UPSERT, [[row[column] for row in chunk] for column in ("sku", "price", "version", "note")])
            inserted, updated = cur.fetchone()
            counts["inserted"] += inserted
            counts["updated"] += updated
            counts["skipped"] += len(chunk) - inserted - updated
        return counts


def _connect(c):
    return psycopg2.connect(
        host=c["host"], port=c["port"], user=c["user"], password=c["password"], dbname=c["database"]
    )
