import psycopg2


def load(cfg, next_chunk):
    """Loads every chunk of the feed into prices, all or nothing. next_chunk() returns None when there are no more."""
    raise NotImplementedError("not implemented")
