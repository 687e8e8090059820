import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type EngineFolder = { sockets: string; config: string; removeAll(): Promise<void> }

/**
 * Lays out the folder of one engine: `s` for its sockets, `c` for what it only reads. Short names, because a unix
 * socket's path may have 107 bytes. Containers run under other user ids, so the sockets' folder is open to all; whoever
 * is not us is kept out by the run folder above, which is ours alone.
 */
export async function makeEngineFolder(folder: string): Promise<EngineFolder> {
  const sockets = join(folder, 's')
  const config = join(folder, 'c')
  for (const path of [sockets, config]) await mkdir(path, { recursive: true })
  await chmod(sockets, 0o777)
  await chmod(config, 0o755)
  return { sockets, config, removeAll: () => rm(folder, { recursive: true, force: true }) }
}
