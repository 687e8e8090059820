import { parseArgs } from 'node:util'
import { engineKind } from '../graders/exercise.ts'
import { readConfig } from '../server/config.ts'
import { makeExercise, NewExerciseError } from './new-exercise/make.ts'

/**
 * Makes an exercise that verifies as it is, to be replaced piece by piece; and its section, where that is new.
 *
 *     npm run exercises:new -- <section> <id> [--engine postgres|mongodb|redis|dynamodb]
 *
 * With CONTENT_DIR set it is made in the first folder named there, else in exercises/.
 */
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { engine: { type: 'string' } } })
  const [section = '', id = ''] = positionals
  const [own = '', ...others] = readConfig().contentDirs
  const engine = values.engine === undefined ? null : engineKind.parse(values.engine)
  const folder = await makeExercise(others[0] ?? own, section, id, engine)
  console.log(`${folder}\nProve it: npm run exercises:verify -- ${id}`)
} catch (error) {
  if (!(error instanceof Error)) throw error
  console.error(
    error instanceof NewExerciseError
      ? error.message
      : `Usage: npm run exercises:new -- <section> <id> [--engine …]\n${error.message}`,
  )
  process.exitCode = 1
}
