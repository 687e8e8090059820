import asyncio

from pymongo import AsyncMongoClient, UpdateOne


class EnrichError(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def enrich(cfg, options, fetch_one):
    limit, batch = options["limit"], options["batch"]
    if not is_count(limit) or not is_count(batch):
        raise EnrichError("BAD_REQUEST")
    async with AsyncMongoClient(cfg["mongo"]["url"]) as client:
        papers = client[cfg["mongo"]["db"]][options["collection"]]
        return await enrich_all(papers, limit, batch, fetch_one)


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


async def enrich_all(papers, limit, batch, fetch_one):
    report = {"done": 0, "failed": 0}
    pending = []
    slots = asyncio.Semaphore(limit)

    async def flush():
        # Taken out before the await, so that no other task sends the same writes.
        nonlocal pending
        writes, pending = pending, []
        if writes:
            await papers.bulk_write(writes, ordered=False)

    async def change_of(paper):
        try:
            enriched = await fetch_one(paper["_id"], paper["url"])
        except Exception as error:
            report["failed"] += 1
            return {"$inc": {"attempts": 1}, "$set": {"lastError": str(error)}}
        report["done"] += 1
        return {"$set": {"enriched": enriched}}

    async def enrich_one(paper):
        try:
            pending.append(UpdateOne({"_id": paper["_id"]}, await change_of(paper)))
            if len(pending) >= batch:
                await flush()
        finally:
            slots.release()

    # A failed fetch is recorded; what makes a task fail is the database, and the group then ends the run.
    async with asyncio.TaskGroup() as tasks:
        cursor = papers.find({"enriched": {"$exists": False}}, {"url": 1}).sort("_id", 1).batch_size(batch)
        async for paper in cursor:
            # The cursor waits here: nothing is read that nobody is free to work on.
            await slots.acquire()
            tasks.create_task(enrich_one(paper))
    await flush()
    return report
