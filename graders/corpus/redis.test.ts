import { runCorpus } from './run-corpus.ts'

runCorpus('redis', {
  // What the server must refuse.
  'refused-commands.py': 'accepted',
  'other-logins.ts': 'accepted',
  'eavesdropping.ts': 'accepted',

  // What never ends, or takes all there is.
  'endless-script.ts': 'wrong-answer',
  'endless-script-that-wrote.py': 'time-limit',
  'script-memory.py': 'memory-limit',
  'loaded-scripts.ts': ['memory-limit', 'time-limit'],
  'full-server.ts': ['wrong-answer', 'time-limit'],
  'pipelined-flood.ts': 'accepted',
  'giant-commands.py': 'accepted',
  'many-connections.py': 'accepted',

  // Traps of the inspector.
  'much-to-inspect.py': 'wrong-answer',
  'many-keys.ts': 'wrong-answer',
  'other-types.py': 'wrong-answer',
  'background-writer.py': 'wrong-answer',

  // For the next.
  'stash.ts': 'accepted',

  // Honest.
  'honest-pipeline.py': 'accepted',
  'honest-script.ts': 'accepted',
})
