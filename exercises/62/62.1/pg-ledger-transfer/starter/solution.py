import threading

import psycopg2
from psycopg2.pool import ThreadedConnectionPool

# Calls come from many threads at a time, and always with the same cfg. Keep a pool of at most 10 connections.


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def transfer(cfg, req):
    """Moves the money and records it, in one transaction; or raises Refusal NO_ACCOUNT, INSUFFICIENT or KEY_REUSED."""
    raise NotImplementedError("not implemented")


def close():
    """Ends every connection. A later transfer starts afresh."""
    raise NotImplementedError("not implemented")
