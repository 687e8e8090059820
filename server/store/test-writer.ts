import { openStore } from './open.ts'
import { apply, fresh, noon, prepare, reviewInput } from './test-data.ts'

/**
 * A process of its own that answers one item again and again and prints the id of each review once it is acknowledged:
 * <DATA_DIR> <item> <how many>.
 */
const [dataDir = '', itemId = '', count = ''] = process.argv.slice(2)
const store = await openStore({ dataDir })
const learnerId = await prepare(store)
for (let number = 0; number < Number(count); number++) {
  const input = reviewInput(learnerId, itemId, { version: null, answeredAt: noon + number })
  await store.reviews.answer(input, fresh(itemId), apply)
  process.stdout.write(`${input.id}\n`)
}
await store.close()
