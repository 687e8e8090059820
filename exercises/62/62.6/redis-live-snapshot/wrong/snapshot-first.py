import asyncio
import json

import redis.asyncio as redis
from redis.exceptions import RedisError


async def watch(cfg, topic, on_state):
    return Watcher(cfg, topic, on_state)


class Watcher:
    def __init__(self, cfg, topic, on_state):
        c = cfg["redis"]
        # A subscriber listens for as long as nothing happens, so there is no time limit on an answer.
        self._client = redis.Redis(
            host=c["host"],
            port=c["port"],
            username=c["username"],
            password=c["password"],
            decode_responses=True,
            socket_timeout=None,
        )
        self._channel = f"{c['prefix']}chan:{topic}"
        self._state_key = f"{c['prefix']}state:{topic}"
        self._version_key = f"{c['prefix']}ver:{topic}"
        self._on_state = on_state
        self._version = -1
        self._state = {}
        self._following = asyncio.create_task(self._follow())

    async def stop(self):
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._client.aclose()

    async def _follow(self):
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await self._catch_up()
                    await pubsub.subscribe(self._channel)
                    await self._listen(pubsub)
            except RedisError:
                await asyncio.sleep(0.05)

    async def _listen(self, pubsub):
        """One message after the other: what arrives while the snapshot is read waits behind it."""
        async for message in pubsub.listen():
            if message["type"] == "message":
                await self._apply(json.loads(message["data"]))

    async def _catch_up(self):
        async with self._client.pipeline(transaction=True) as p:
            p.hgetall(self._state_key)
            p.get(self._version_key)
            state, version = await p.execute()
        await self._report(int(version or 0), state)

    async def _apply(self, change):
        state = {**self._state, **change["set"]}
        for field in change["del"]:
            state.pop(field, None)
        await self._report(change["version"], state)

    async def _report(self, version, state):
        if version <= self._version:
            return
        self._version, self._state = version, state
        await self._on_state({"version": version, "state": dict(state)})
