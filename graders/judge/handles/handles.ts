import { dynamodbHandle } from './dynamodb.ts'
import { mongodbHandle } from './mongodb.ts'
import { postgresHandle } from './postgres.ts'
import { redisHandle } from './redis.ts'

/** What opens the handle of each engine. */
export const openHandle = {
  postgres: postgresHandle,
  mongodb: mongodbHandle,
  redis: redisHandle,
  dynamodb: dynamodbHandle,
}
