import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'

type Config = { ddb: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string } }
type Action = NonNullable<TransactWriteCommandInput['TransactItems']>[number]
/** An action, and what it means when its condition fails. */
type Step = { action: Action; refusal: string }

const TableName = 'accounts'
const maxAttempts = 12
/** Somebody else was writing, or has written since we read: read again and try again. */
const busy = 'BUSY'

let client: DynamoDBClient | undefined
let documents: DynamoDBDocumentClient | undefined

function connect({ ddb }: Config): DynamoDBDocumentClient {
  const { endpoint, region, accessKeyId, secretAccessKey } = ddb
  client ??= new DynamoDBClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  documents ??= DynamoDBDocumentClient.from(client)
  return documents
}

const failure = (code: string) => Object.assign(new Error(code), { code })
const userKey = (id: string) => ({ pk: `USER#${id}` })
const addressKey = (address: string) => ({ pk: `EMAIL#${address}` })

function normalise(email: unknown): string {
  if (typeof email !== 'string') throw failure('BAD_EMAIL')
  const address = email.trim().toLowerCase()
  if (!/^[^@\s]+@[^@\s]+$/.test(address)) throw failure('BAD_EMAIL')
  return address
}

export async function register(cfg: Config, { id, email }: { id: string; email: string }): Promise<void> {
  const address = normalise(email)
  await retrying(() => together(cfg, [putUser(id, address), putAddress(address, id)]))
}

export async function findByEmail(cfg: Config, email: string): Promise<string | null> {
  return (await read(cfg, addressKey(normalise(email))))?.userId ?? null
}

export async function changeEmail(cfg: Config, id: string, email: string): Promise<void> {
  const address = normalise(email)
  await retrying(async () => {
    const user = await read(cfg, userKey(id))
    if (!user) throw failure('NO_USER')
    if (user.email === address) return
    await together(cfg, [moveUser(id, user.email, address), putAddress(address, id), deleteAddress(user.email)])
  })
}

export async function removeUser(cfg: Config, id: string): Promise<boolean> {
  return retrying(async () => {
    const user = await read(cfg, userKey(id))
    if (!user) return false
    await together(cfg, [deleteUser(id, user.email), deleteAddress(user.email)])
    return true
  })
}

async function read(cfg: Config, Key: { pk: string }): Promise<Record<string, string> | undefined> {
  return (await connect(cfg).send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item
}

const putUser = (id: string, email: string): Step => ({
  action: { Put: { TableName, Item: { ...userKey(id), email }, ConditionExpression: 'attribute_not_exists(pk)' } },
  refusal: 'USER_EXISTS',
})

const putAddress = (address: string, userId: string): Step => ({
  action: {
    Put: { TableName, Item: { ...addressKey(address), userId }, ConditionExpression: 'attribute_not_exists(pk)' },
  },
  refusal: 'EMAIL_TAKEN',
})

const moveUser = (id: string, from: string, to: string): Step => ({
  action: {
    Update: {
      TableName,
      Key: userKey(id),
      UpdateExpression: 'SET email = :to',
      // Fails as well when the user is gone; without it the update would make one.
      ConditionExpression: 'email = :from',
      ExpressionAttributeValues: { ':from': from, ':to': to },
    },
  },
  refusal: busy,
})

const deleteUser = (id: string, email: string): Step => ({
  action: {
    Delete: {
      TableName,
      Key: userKey(id),
      ConditionExpression: 'email = :email',
      ExpressionAttributeValues: { ':email': email },
    },
  },
  refusal: busy,
})

// Needs no condition: while the user has this address, the address is the user's.
const deleteAddress = (address: string): Step => ({
  action: { Delete: { TableName, Key: addressKey(address) } },
  refusal: busy,
})

/** All of the steps or none. The first step whose condition failed says why. */
async function together(cfg: Config, steps: Step[]): Promise<void> {
  try {
    await connect(cfg).send(new TransactWriteCommand({ TransactItems: steps.map(({ action }) => action) }))
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const reasons = error.CancellationReasons?.map(({ Code }) => Code) ?? []
    const refused = steps.find((_, at) => reasons[at] === 'ConditionalCheckFailed')
    if (refused) throw failure(refused.refusal)
    throw reasons.includes('TransactionConflict') ? failure(busy) : error
  }
}

/** Each attempt begins with its own read: what was read may be why the last one failed. */
async function retrying<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt()
    } catch (error) {
      if ((error as { code?: string }).code !== busy || attempts === maxAttempts) throw error
      await pause(Math.random() * Math.min(100, 5 * 2 ** attempts))
    }
  }
}

export async function close(): Promise<void> {
  // The document client's own destroy() does nothing.
  client?.destroy()
  client = undefined
  documents = undefined
}
