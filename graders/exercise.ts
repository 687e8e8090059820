import { z } from 'zod'

/**
 * The schema of `exercise.yaml`: what an author declares, what the grader obeys, what the page may show.
 * Imports nothing of ours, because the server, the graders and the page all read it.
 */

export const engineKinds = ['postgres', 'mongodb', 'redis', 'dynamodb'] as const
export const engineKind = z.enum(engineKinds)
export type EngineKind = z.infer<typeof engineKind>

export const languages = ['typescript', 'python'] as const
export const language = z.enum(languages)
export type Language = z.infer<typeof language>

/** File names are the same in every exercise: `starter/solution.ts`, `wrong/<name>.py`, … */
export const extensionOf: Record<Language, string> = { typescript: 'ts', python: 'py' }

const scalarNames = [
  'int',
  'bigint',
  'decimal',
  'float',
  'string',
  'bool',
  'bytes',
  'instant',
  'objectId',
  'none',
  'json',
] as const

/**
 * What a function of the submission may return. The judge copies a result into plain data of exactly this shape before
 * any assertion sees it; anything else is a failed test with a readable reason.
 * `int` is a safe integer, `bigint` any integer, `decimal` an exact number as a string, `none` undefined or None, `json` plain
 * JSON data of any shape, `handle` a long-lived object whose methods can be called (method -> result schema).
 */
export type ResultSchema =
  | (typeof scalarNames)[number]
  | { list: ResultSchema }
  | { set: ResultSchema }
  | { map: ResultSchema }
  | { record: Record<string, ResultSchema> }
  | { optional: ResultSchema }
  | { nullable: ResultSchema }
  | { handle: Record<string, ResultSchema> }

export const resultSchema: z.ZodType<ResultSchema> = z.lazy(() =>
  z.union([
    z.enum(scalarNames),
    z.strictObject({ list: resultSchema }),
    z.strictObject({ set: resultSchema }),
    z.strictObject({ map: resultSchema }),
    z.strictObject({ record: z.record(z.string(), resultSchema) }),
    z.strictObject({ optional: resultSchema }),
    z.strictObject({ nullable: resultSchema }),
    z.strictObject({ handle: z.record(z.string(), resultSchema) }),
  ]),
)

/** Rights of the learner's role beyond logging in. It owns nothing; fixtures belong to the inspector. */
export const grants = z.strictObject({
  postgres: z
    .strictObject({
      tables: z.array(z.enum(['select', 'insert', 'update', 'delete', 'truncate'])).default([]),
      sequences: z.boolean().default(true).describe('USAGE on sequences, needed to insert into serial columns'),
      create: z.boolean().default(false).describe('CREATE on schema public'),
      temp: z.boolean().default(false).describe('TEMP on the database'),
    })
    .optional(),
  mongodb: z.strictObject({ role: z.enum(['read', 'readWrite']).default('readWrite') }).optional(),
  redis: z
    .strictObject({
      scripts: z.boolean().default(true).describe('EVAL, EVALSHA, SCRIPT LOAD'),
      commands: z.array(z.string().regex(/^[+-][a-z|@]+$/)).default([]),
    })
    .optional(),
  dynamodb: z
    .strictObject({
      createTable: z.boolean().default(false),
      streams: z.boolean().default(false).describe('reading the change streams of tables'),
    })
    .optional(),
})
export type Grants = z.infer<typeof grants>

const identifier = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens')
const testName = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a snake_case name')

export const exercise = z
  .strictObject({
    id: identifier,
    title: z.string().min(1),
    summary: z.string().min(1).describe('one sentence for lists'),
    engines: z.array(engineKind).max(2),
    grants: grants.default({}),
    languages: z.array(language).min(1),
    minutes: z.number().int().min(1).max(240).describe('expected minutes for someone who knows the section'),
    concepts: z.array(identifier).min(1),
    limits: z
      .strictObject({
        testMs: z.number().int().min(100).max(30_000).default(5_000),
        suiteMs: z.number().int().min(1_000).max(180_000).default(60_000),
        loadMs: z.number().int().min(500).max(20_000).default(5_000),
        memoryMb: z.number().int().min(64).max(1_024).default(256),
        outputBytes: z.number().int().min(1_024).max(8_388_608).default(1_048_576),
        pids: z.number().int().min(16).max(512).default(128),
      })
      .default({
        testMs: 5_000,
        suiteMs: 60_000,
        loadMs: 5_000,
        memoryMb: 256,
        outputBytes: 1_048_576,
        pids: 128,
      }),
    functions: z
      .array(
        z.strictObject({
          name: z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'camelCase; Python uses the snake_case form'),
          result: resultSchema,
        }),
      )
      .min(1),
    tests: z
      .array(z.strictObject({ name: testName, hint: z.string().min(10) }))
      .min(1)
      .describe('every test of hidden.test.ts, in reading order'),
    hints: z
      .array(z.string().min(20))
      .length(3)
      .optional()
      .describe('three steps: where to look, which idea, how it goes; whoever takes one is rated Hard at best'),
    wrong: z
      .array(
        z.strictObject({
          name: identifier,
          mistake: z.string().min(10).describe('what is wrong with it, one sentence'),
          killers: z.array(testName).min(1).describe('the tests that must catch it'),
        }),
      )
      .default([])
      .describe('wrong/<name>.<ext>; a language without the file does not have that wrong solution'),
  })
  .superRefine((value, context) => {
    const names = value.tests.map((test) => test.name)
    for (const [index, name] of names.entries())
      if (names.indexOf(name) !== index)
        context.addIssue({ code: 'custom', path: ['tests', index, 'name'], message: `the test ${name} is named twice` })
    for (const [index, wrong] of value.wrong.entries())
      for (const killer of wrong.killers)
        if (!names.includes(killer))
          context.addIssue({ code: 'custom', path: ['wrong', index, 'killers'], message: `no test is named ${killer}` })
  })
export type Exercise = z.infer<typeof exercise>
export type Limits = Exercise['limits']

/** Only function names change between the languages: getOrLoad is get_or_load in Python. */
export const pythonName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
