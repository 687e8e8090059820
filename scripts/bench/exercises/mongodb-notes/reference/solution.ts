import { MongoClient } from 'mongodb'

type Config = { mongo: { url: string; db: string } }

let client: MongoClient | undefined

export async function save({ mongo }: Config, key: string, text: string): Promise<void> {
  client ??= new MongoClient(mongo.url)
  const notes = client.db(mongo.db).collection<{ _id: string; text: string }>('notes')
  await notes.updateOne({ _id: key }, { $set: { text } }, { upsert: true })
}
