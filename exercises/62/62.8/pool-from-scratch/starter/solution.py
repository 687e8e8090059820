import asyncio

import asyncpg

# asyncpg.connect() opens a single connection; asyncpg.create_pool() is what you are writing.


class Refusal(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def create_pool(cfg, options):
    return Pool()


class Pool:
    async def use(self, work):
        """Lends one connection to work, for as long as it runs: await work(db), where db has async query(sql, params)."""
        raise NotImplementedError("not implemented")

    async def close(self):
        """Waits for borrowers and ends every connection."""
        raise NotImplementedError("not implemented")
