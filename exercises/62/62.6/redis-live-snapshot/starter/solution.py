import redis.asyncio as redis

# The keys are prefix + "state:" + topic and prefix + "ver:" + topic, the channel is prefix + "chan:" + topic.


async def watch(cfg, topic, on_state):
    """Returns {'stop': stop} with an async function stop, or an object that has one."""
    raise NotImplementedError
