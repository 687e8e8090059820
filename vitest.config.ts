import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const kit = fileURLToPath(new URL('./graders/judge/kit.ts', import.meta.url))

// What starts containers or a browser runs one file at a time: two cores, and memory limits are part of what is tested.
const oneAtATime = [
  'graders/**/*.test.ts',
  'server/grading/**/*.test.ts',
  'server/content/code/run.test.ts',
  'web/e2e/**/*.test.ts',
]
const never = ['**/node_modules/**', 'web/dist/**', '**/exercises/**', '**/fixtures/**']

// An author runs one suite by naming its file; the course's own proof of all of them is `npm run exercises:verify`.
const suites = process.argv.filter((argument) => /(^|\/)(hidden|sample)\.test\.ts$/.test(argument))

export default defineConfig({
  resolve: { alias: { 'drillbase/kit': kit } },
  test: {
    globalSetup: ['scripts/test-postgres.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'program',
          include: ['{server,web,scripts}/**/*.test.{ts,tsx}'],
          exclude: [...oneAtATime, ...never],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: oneAtATime,
          exclude: never,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      ...(suites.length > 0 ? [{ extends: true as const, test: { name: 'suites', include: suites } }] : []),
    ],
  },
})
