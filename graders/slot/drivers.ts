import type { EngineKind, Language } from '../exercise.ts'

/** What a sandbox loads before the submission comes. Only what the exercise's engines need: each costs start-up time and memory. */
const driversOf: Record<EngineKind, Record<Language, string[]>> = {
  postgres: { typescript: ['pg'], python: ['psycopg2', 'psycopg2.extras', 'asyncpg'] },
  redis: { typescript: ['ioredis'], python: ['redis', 'redis.asyncio'] },
  // motor wraps pymongo and few import it: it loads when it is asked for.
  mongodb: { typescript: ['mongodb'], python: ['pymongo'] },
  // Few exercises read streams: their client loads when it is asked for.
  dynamodb: { typescript: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'], python: ['boto3'] },
}

export const driversFor = (engines: EngineKind[], language: Language): string[] =>
  engines.flatMap((kind) => driversOf[kind][language])
