import psycopg2

_connection = None


def save(cfg, key, text):
    global _connection
    if _connection is None:
        pg = cfg["pg"]
        _connection = psycopg2.connect(
            host=pg["host"], port=pg["port"], user=pg["user"], password=pg["password"], dbname=pg["database"]
        )
        _connection.autocommit = True
    with _connection.cursor() as cursor:
        cursor.execute(
            "insert into notes (key, text) values (%s, %s) on conflict (key) do update set text = excluded.text",
            (key, text),
        )
