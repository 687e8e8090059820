import { runCorpus } from './run-corpus.ts'

runCorpus('dynamodb', {
  // What the proxy must refuse.
  'other-keys.py': 'accepted',
  'smuggled-requests.py': 'accepted',
  'other-operations.py': 'accepted',
  'hidden-body.py': 'wrong-answer',

  // What never ends, or takes all there is.
  'long-number.ts': 'time-limit',
  'full-store.py': ['time-limit', 'memory-limit'],
  'http-floods.ts': 'accepted',
  'request-flood.py': 'accepted',
  'deep-values.ts': 'accepted',

  // Traps of the inspector.
  'much-to-scan.py': 'wrong-answer',
  'many-tables.ts': 'wrong-answer',
  'background-writer.ts': 'wrong-answer',

  // For the next.
  'stash.py': 'accepted',

  // Honest.
  'honest-retries.ts': 'accepted',
})
