import { type Db, MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }
type Query = { from: Date; to: Date; timezone: string; top: number }
type Best = { sku: string; name: string; cents: number; qty: number; buyers: number }
type Month = { month: string; total: number; top: Best[] }

let client: MongoClient | undefined

function databaseOf(cfg: Config): Db {
  client ??= new MongoClient(cfg.mongo.url)
  return client.db(cfg.mongo.db)
}

export async function monthlyReport(cfg: Config, { from, to, timezone, top }: Query): Promise<Month[]> {
  return databaseOf(cfg)
    .collection('orders')
    .aggregate<Month>([
      // $ne holds for a status that is missing or null as well.
      { $match: { placedAt: { $gte: from, $lt: to }, status: { $ne: 'cancelled' } } },
      { $unwind: '$lines' },
      {
        $group: {
          _id: { month: { $dateToString: { date: '$placedAt', format: '%Y-%m', timezone } }, sku: '$lines.sku' },
          cents: { $sum: { $multiply: ['$lines.qty', '$lines.cents'] } },
          qty: { $sum: '$lines.qty' },
          customers: { $addToSet: '$customer' },
        },
      },
      // Joined after grouping: once for each product and month, not for each line sold.
      { $lookup: { from: 'products', localField: '_id.sku', foreignField: '_id', as: 'product' } },
      { $unwind: '$product' },
      { $sort: { '_id.month': 1, cents: -1, '_id.sku': 1 } },
      {
        $group: {
          _id: '$_id.month',
          total: { $sum: '$cents' },
          best: {
            $push: {
              sku: '$_id.sku',
              name: '$product.name',
              cents: '$cents',
              qty: '$qty',
              buyers: { $size: '$customers' },
            },
          },
        },
      },
      // The total is that of all products, so the rest is cut off only now.
      { $project: { _id: 0, month: '$_id', total: 1, top: { $slice: ['$best', top] } } },
      { $sort: { month: 1 } },
    ])
    .toArray()
}

export async function close(): Promise<void> {
  await client?.close()
  client = undefined
}
