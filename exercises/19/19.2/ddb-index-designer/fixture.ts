import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient } from '@aws-sdk/client-dynamodb'

export type Message = {
  room: string
  id: string
  likes: number
  author: string
  at: number
  subject: string
  body: string
  flag?: string
}

type Rule = (value: unknown, at: string) => string | null

const text: Rule = (value, at) => (typeof value === 'string' && value.length <= 255 ? null : `${at} is no short text`)
const list =
  (of: Rule): Rule =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > 20) return `${at} is no list of at most 20`
    return firstOf(value.map((one, index) => of(one, `${at}[${index}]`)))
  }
const record =
  (required: Record<string, Rule>, optional: Record<string, Rule> = {}): Rule =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${at} is no record`
    const rules = new Map(Object.entries({ ...required, ...optional }))
    const strange = Object.keys(value).find((name) => !rules.has(name))
    if (strange !== undefined) return `${at} has a field ${strange.slice(0, 40)}`
    const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name))
    if (missing !== undefined) return `${at} has no ${missing}`
    return firstOf(Object.entries(value).map(([name, one]) => rules.get(name)?.(one, `${at}.${name}`) ?? null))
  }
const firstOf = (problems: (string | null)[]) => problems.find((problem) => problem !== null) ?? null

const keySchema = list(record({ AttributeName: text, KeyType: text }))
const indexes = list(
  record({
    IndexName: text,
    KeySchema: keySchema,
    Projection: record({ ProjectionType: text }, { NonKeyAttributes: list(text) }),
  }),
)
/** What a submission may say of its table: no stream, no protection against deletion, nothing that outlives a test. */
const description = record(
  {
    TableName: text,
    BillingMode: text,
    AttributeDefinitions: list(record({ AttributeName: text, AttributeType: text })),
    KeySchema: keySchema,
  },
  { LocalSecondaryIndexes: indexes, GlobalSecondaryIndexes: indexes },
)

/** Makes the table that a submission describes. Answers why that can't be done; null: it is there. */
export async function createTable(client: DynamoDBClient, name: string, input: unknown): Promise<string | null> {
  const problem = description(input, 'the input')
  if (problem !== null) return problem
  const { TableName, BillingMode } = input as CreateTableCommandInput
  if (TableName !== name) return 'the table has another name than it was asked for'
  if (BillingMode !== 'PAY_PER_REQUEST') return 'the billing mode is not PAY_PER_REQUEST'
  try {
    await client.send(new CreateTableCommand(input as CreateTableCommandInput))
    return null
  } catch (error) {
    const { $fault, message } = error as { $fault?: string; message: string }
    if ($fault !== 'client') throw error
    return `DynamoDB: ${message.slice(0, 300)}`
  }
}
