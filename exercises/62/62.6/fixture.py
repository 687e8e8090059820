"""What the code of this section presupposes."""

import time
from types import SimpleNamespace

import redis


def _redis():
    return redis.Redis(decode_responses=True)


def _with_redis(run):
    run(r=_redis())


c06 = c18 = _with_redis


def c03(run):
    r = _redis()

    def until_subscribed(_seconds):
        """What the card's tenth of a second is for, also on a machine where it is too short."""
        while not (r.pubsub_numsub("news.a")[0][1] and r.pubsub_numpat()):
            time.sleep(0.001)

    run(r=r, time=SimpleNamespace(sleep=until_subscribed))


def _with_group():
    r = _redis()
    for n in (1, 2, 3):
        r.xadd("s", {"n": n}, id=f"{n}-0")
    r.xgroup_create("s", "g", id="0")
    return r


def c07(run):
    run(r=_with_group())


def c08(run):
    r = _with_group()
    r.xreadgroup("g", "ann", {"s": ">"})
    run(r=r)
