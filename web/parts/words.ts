import type { Exercise, QueueItem, Run, Submission } from '../../server/api/contract.ts'

/** The page's plain words for the contract's names, in one place. */

export type Verdict = NonNullable<Submission['verdict']>
export type Status = Submission['status']

export const engineWords: Record<Exercise['engines'][number], string> = {
  postgres: 'PostgreSQL',
  mongodb: 'MongoDB',
  redis: 'Redis',
  dynamodb: 'DynamoDB',
}
export const languageWords: Record<Submission['language'], string> = { typescript: 'TypeScript', python: 'Python' }
export const ratingWords: Record<QueueItem['intervals'][number]['rating'], string> = {
  again: 'Again',
  hard: 'Hard',
  good: 'Good',
  easy: 'Easy',
}

/** Title and meaning of each verdict. The meaning says what happened and where to look, never what a test expects. */
export const verdictWords: Record<Verdict, { title: string; meaning: string }> = {
  accepted: { title: 'Accepted', meaning: 'Every hidden test passed.' },
  'wrong-answer': { title: 'Not there yet', meaning: 'It ran, but did not do what some hidden tests ask for.' },
  'compile-error': {
    title: 'Does not load',
    meaning: 'The code could not be parsed, or a function that the exercise declares is missing. No test was run.',
  },
  'runtime-error': {
    title: 'Crashed',
    meaning: 'The program failed while loading, or ended while tests still needed it.',
  },
  'time-limit': {
    title: 'Too slow',
    meaning: 'A test did not end in time. Look for a wait that never ends, a lock that is kept, or one query per row.',
  },
  'memory-limit': {
    title: 'Out of memory',
    meaning: 'It held more than it may. Look for data that is collected instead of streamed.',
  },
  'output-limit': {
    title: 'Too much output',
    meaning: 'It printed more than it may. Remove the printing inside loops.',
  },
  'protocol-error': {
    title: 'Broke the connection to the tests',
    meaning:
      'The program wrote into the channel over which the tests call it. Return values; leave the other streams alone.',
  },
  'internal-error': {
    title: 'Our fault',
    meaning: 'Something of the grader broke, not your code. It is not counted. Submit again when you like.',
  },
}

export const statusWords: Record<Status, string> = {
  queued: 'Waiting for a free place',
  preparing: 'Preparing the engines',
  running: 'Running the hidden tests',
  done: 'Done',
  cancelled: 'Cancelled',
  superseded: 'Replaced by a newer submission',
  dead: 'Could not be graded',
}

export const runStatusWords: Record<Status, string> = {
  ...statusWords,
  running: 'Running your code',
  done: 'Ran to its end',
  superseded: 'Replaced by a newer run',
  dead: 'Something of ours broke. Run it again.',
}

export const runProblemWords: Record<NonNullable<Run['problem']>['code'], { title: string; meaning: string | null }> = {
  'compile-error': {
    ...verdictWords['compile-error'],
    meaning: 'The code could not be parsed, or a function is missing.',
  },
  'runtime-error': { title: 'Crashed', meaning: 'The program failed while loading, or ended before the sample did.' },
  'time-limit': {
    title: 'Did not end in time',
    meaning: 'A call was still going on. Look for a wait that never ends, or a lock that is kept.',
  },
  'memory-limit': verdictWords['memory-limit'],
  'output-limit': verdictWords['output-limit'],
  'protocol-error': verdictWords['protocol-error'],
  stopped: {
    title: 'Stopped in the middle',
    meaning: 'The sample could not go on with what the code returned or left in the database.',
  },
}

/** 'moves_exact_bigint_amounts' reads as a sentence. */
export const testWords = (name: string): string => {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** 850 ms, 1.3 s, 42 s. */
export const durationWords = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`

/** 512 B, 3.4 KB, 1.2 MB. */
export const byteWords = (bytes: number): string =>
  bytes < 1_000
    ? `${bytes} B`
    : bytes < 1_000_000
      ? `${(bytes / 1_000).toFixed(1)} KB`
      : `${(bytes / 1_000_000).toFixed(1)} MB`

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
