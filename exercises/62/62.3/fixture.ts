import { MongoClient } from 'mongodb'

/** What the code of this section presupposes. */

/** The lesson's Python has sold two of three lamps. */
export async function lesson(run: () => Promise<unknown>) {
  const client = new MongoClient(process.env.MONGODB_URL ?? '')
  const stock = client.db('shop').collection<{ _id: string; qty: number }>('stock')
  await stock.insertOne({ _id: 'lamp', qty: 1 })
  await client.close()
  await run()
}
