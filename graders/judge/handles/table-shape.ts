import type { CreateTableCommandInput, ProjectionType } from '@aws-sdk/client-dynamodb'
import type { TableShape } from '../kit-types.ts'

/** A suite's short description of a table as the request that creates it. */
export function createTableInput(shape: TableShape): CreateTableCommandInput {
  const { globalIndexes = [], localIndexes = [] } = shape
  const keys = [shape, ...globalIndexes, ...localIndexes].flatMap((one) => [
    'hash' in one ? one.hash : shape.hash,
    ...(one.range === undefined ? [] : [one.range]),
  ])
  return {
    TableName: shape.name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...new Set(keys)].map((name) => ({
      AttributeName: name,
      AttributeType: shape.types?.[name] ?? 'S',
    })),
    KeySchema: keySchema(shape.hash, shape.range),
    ...(globalIndexes.length > 0 && {
      GlobalSecondaryIndexes: globalIndexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(index.hash, index.range),
        Projection: projection(index.projection),
      })),
    }),
    ...(localIndexes.length > 0 && {
      LocalSecondaryIndexes: localIndexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keySchema(shape.hash, index.range),
        Projection: projection(index.projection),
      })),
    }),
    ...(shape.stream && { StreamSpecification: { StreamEnabled: true, StreamViewType: shape.stream } }),
  }
}

const keySchema = (hash: string, range?: string) => [
  { AttributeName: hash, KeyType: 'HASH' as const },
  ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' as const }]),
]

function projection(declared: 'ALL' | 'KEYS_ONLY' | { include: string[] } = 'ALL'): {
  ProjectionType: ProjectionType
  NonKeyAttributes?: string[]
} {
  return typeof declared === 'string'
    ? { ProjectionType: declared }
    : { ProjectionType: 'INCLUDE', NonKeyAttributes: declared.include }
}
