import { runCorpus } from './run-corpus.ts'

runCorpus('mongodb', {
  // What the server must refuse.
  'admin-commands.py': 'accepted',
  'code-in-queries.ts': 'accepted',

  // What never ends, or takes all there is.
  'full-disk.py': 'time-limit',
  'cursors-and-sessions.ts': 'accepted',
  'giant-messages.py': 'accepted',

  // Traps of the inspector.
  'huge-documents.ts': 'wrong-answer',
  'many-collections.py': 'wrong-answer',
  'views-and-rules.ts': 'wrong-answer',
  'background-writer.ts': 'wrong-answer',

  // For the next.
  'stash.py': 'accepted',

  // Honest.
  'honest-aggregation.ts': 'accepted',
  'honest-async.py': 'accepted',
})
