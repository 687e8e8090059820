import { type FSWatcher, watch } from 'node:fs'
import { problemText } from './problem.ts'
import { emptySnapshot, readSnapshot, type Snapshot } from './snapshot.ts'

/** The content in memory, kept equal to the disk: a section that is added, mended or removed shows without a restart. */
export interface Catalog {
  /** Ask for it once per request: the next one may see newer content. */
  readonly snapshot: Snapshot
  close(): void
}

/** An editor writes a file in several steps, a checkout many files; one reading after the last of them is enough. */
const quietMs = 200

/**
 * Reads the folders and watches them. `onChange` runs for every new snapshot, the first included, before it is shown.
 * Problems go to `log`, each once.
 */
export async function openCatalog(
  contentDirs: string[],
  onChange: (snapshot: Snapshot) => Promise<void>,
  log: (line: string) => void,
): Promise<Catalog> {
  let snapshot = emptySnapshot()
  let known = new Set<string>()

  const read = async () => {
    const next = await readSnapshot(contentDirs)
    const texts = next.problems.map(problemText)
    for (const text of texts) if (!known.has(text)) log(`Content: ${text}`)
    known = new Set(texts)
    await onChange(next)
    snapshot = next
  }
  await read()
  const stopWatching = watchFolders(contentDirs, read, log)
  return {
    get snapshot() {
      return snapshot
    },
    close: stopWatching,
  }
}

/** Calls `changed` after every burst of changes, never twice at once. */
function watchFolders(folders: string[], changed: () => Promise<void>, log: (line: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let reading = Promise.resolve()
  const complain = (error: unknown) => log(`Content: ${error instanceof Error ? error.message : error}`)
  const soon = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      reading = reading.then(changed).catch(complain)
    }, quietMs)
  }
  const watchers: FSWatcher[] = []
  for (const folder of folders) {
    try {
      watchers.push(watch(folder, { recursive: true, persistent: false }, soon).on('error', complain))
    } catch (error) {
      complain(error)
    }
  }
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
