"""What the code of this section presupposes."""

import time

import redis


def _redis():
    return redis.Redis(decode_responses=True)


def _with_redis(run):
    run(r=_redis())


c07 = c08 = c10 = c18 = c19 = _with_redis


def c03(run):
    r = _redis()
    r.set("cached", "v")
    before = r.config_get("maxmemory")
    r.config_set("maxmemory", 1)
    try:
        run(r=r)
    finally:
        r.config_set("maxmemory", before["maxmemory"])


def c14(run):
    run(r=_redis(), db={"u1": "v1"})
