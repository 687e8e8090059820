import threading

import redis

_client = None
_lock = threading.Lock()


def connect(cfg):
    """One client for all threads: it takes a connection from its pool for each command."""
    global _client
    with _lock:
        if _client is None:
            c = cfg["redis"]
            _client = redis.Redis(
                host=c["host"],
                port=c["port"],
                username=c["username"],
                password=c["password"],
                decode_responses=True,
            )
        return _client


def key_of(cfg, board):
    return f"{cfg['redis']['prefix']}board:{board}"


# Scores are stored negated: ascending order is then "high first", and equal scores keep their names in byte order.
# ZADD LT writes only a lower stored value, so comparing and writing are one command, and sending it twice is harmless.


def submit(cfg, board, player, score):
    connect(cfg).zadd(key_of(cfg, board), {player: -score}, lt=True)


def submit_many(cfg, board, entries):
    if entries:
        connect(cfg).zadd(key_of(cfg, board), {player: -score for player, score in entries}, lt=True)


def rank(cfg, board, player):
    key = key_of(cfg, board)
    stored = connect(cfg).zscore(key, player)
    if stored is None:
        return None
    return {"score": int(-stored), "rank": better_than(cfg, key, stored) + 1}


def top(cfg, board, n):
    return page(cfg, board, 0, n - 1) if n >= 1 else []


def around(cfg, board, player, n):
    position = connect(cfg).zrank(key_of(cfg, board), player)
    if position is None:
        return []
    return page(cfg, board, max(0, position - n), position + n)


def page(cfg, board, first, last):
    """Rows from one position to another, both included. Only the first row's rank has to be asked for."""
    key = key_of(cfg, board)
    rows = []
    for player, stored in connect(cfg).zrange(key, first, last, withscores=True):
        score = int(-stored)
        if not rows:
            rank = better_than(cfg, key, stored) + 1
        elif rows[-1]["score"] == score:
            rank = rows[-1]["rank"]
        else:
            rank = first + len(rows) + 1
        rows.append({"player": player, "score": score, "rank": rank})
    return rows


def better_than(cfg, key, stored):
    return connect(cfg).zcount(key, "-inf", f"({stored!r}")


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None
