import redis

# Open one client on the first call and keep it: later calls and close() need the same one.
# The functions are called from many threads at once.


def submit(cfg, board, player, score):
    raise NotImplementedError


def submit_many(cfg, board, entries):
    raise NotImplementedError


def rank(cfg, board, player):
    """{'score': int, 'rank': int}, or None for a player without a score."""
    raise NotImplementedError


def top(cfg, board, n):
    """[{'player': str, 'score': int, 'rank': int}, ...]"""
    raise NotImplementedError


def around(cfg, board, player, n):
    raise NotImplementedError


def close():
    raise NotImplementedError
