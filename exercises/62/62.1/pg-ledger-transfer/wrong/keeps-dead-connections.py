import threading
from contextlib import contextmanager
from queue import LifoQueue

import psycopg2

MAX_CONNECTIONS = 8

_bank = None
_bank_lock = threading.Lock()


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def transfer(cfg, req):
    with _open_bank(cfg).transaction() as cur:
        transfer_id = _claim_key(cur, req)
        if transfer_id is None:
            return _replay(cur, req)
        _move_money(cur, req)
        return {"id": transfer_id, "replayed": False}


def close():
    global _bank
    with _bank_lock:
        closing, _bank = _bank, None
    if closing is not None:
        closing.close()


def _claim_key(cur, req):
    # The unique index decides who comes first: a second insert of a key waits until the first one's transaction has ended.
    cur.execute(
        """INSERT INTO transfers (idem_key, from_id, to_id, amount, memo) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (idem_key) DO NOTHING RETURNING id""",
        (req["key"], req["from"], req["to"], req["amount"], req.get("memo")),
    )
    row = cur.fetchone()
    return None if row is None else row[0]


def _replay(cur, req):
    cur.execute(
        "SELECT id FROM transfers WHERE idem_key = %s AND from_id = %s AND to_id = %s AND amount = %s",
        (req["key"], req["from"], req["to"], req["amount"]),
    )
    row = cur.fetchone()
    if row is None:
        raise Refusal("KEY_REUSED")
    return {"id": row[0], "replayed": True}


def _move_money(cur, req):
    # One order for everybody, whatever the direction of the money: so two transfers cannot wait for each other.
    cur.execute(
        "SELECT id, balance FROM accounts WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        ([req["from"], req["to"]],),
    )
    balances = dict(cur.fetchall())
    if req["from"] not in balances or req["to"] not in balances:
        raise Refusal("NO_ACCOUNT")
    if balances[req["from"]] < req["amount"]:
        raise Refusal("INSUFFICIENT")
    cur.execute("UPDATE accounts SET balance = balance - %s WHERE id = %s", (req["amount"], req["from"]))
    cur.execute("UPDATE accounts SET balance = balance + %s WHERE id = %s", (req["amount"], req["to"]))


class _Bank:
    def __init__(self, pg):
        # get() of an empty queue waits, so that callers wait for a free connection.
        self._free = LifoQueue()
        for _ in range(MAX_CONNECTIONS):
            self._free.put(
                psycopg2.connect(
                    host=pg["host"],
                    port=pg["port"],
                    user=pg["user"],
                    password=pg["password"],
                    dbname=pg["database"],
                )
            )

    @contextmanager
    def transaction(self):
        conn = self._free.get()
        try:
            with conn, conn.cursor() as cur:
                yield cur
        finally:
            self._free.put(conn)

    def close(self):
        while not self._free.empty():
            self._free.get().close()


def _open_bank(cfg):
    global _bank
    with _bank_lock:
        if _bank is None:
            _bank = _Bank(cfg["pg"])
        return _bank
