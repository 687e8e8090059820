"""What the code of this section presupposes."""

import redis


def _with_redis(run):
    run(r=redis.Redis())


c01 = c03 = c05 = c07 = c11 = c12 = c13 = c20 = _with_redis


def c09(run):
    r = redis.Redis(decode_responses=True)
    for line in run.code.splitlines():
        answer = r.execute_command(*line.split())
    print("\n".join(answer))
