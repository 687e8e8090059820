import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { remove } from '../engines/container.ts'
import { strangerMs } from './limits.ts'
import { ourLabel, owner, ownerLabel, ownerState } from './owner.ts'

const ownerFile = 'owner'

/** Removes containers and folders of workers that are gone. Resolves with how many containers there were. */
export async function sweep(docker: Docker, runFolder: string): Promise<number> {
  const containers = await docker.listContainers({ all: true, filters: { label: [ourLabel, ownerLabel] } })
  const stale = containers.filter(({ Labels, Created }) => {
    const state = ownerState(Labels[ownerLabel] ?? '')
    return state === 'gone' || (state === 'unknown' && Date.now() - Created * 1_000 > strangerMs)
  })
  for (const { Id } of stale) await remove(docker, Id)
  await sweepFolders(runFolder)
  return stale.length
}

/** This worker's own that ended with the container engine: whoever used them could not remove them while it was away. */
export async function removeEnded(docker: Docker, madeBefore: number): Promise<void> {
  const filters = { label: [`${ownerLabel}=${owner}`], status: ['exited', 'dead'] }
  for (const { Id, Created } of await docker.listContainers({ all: true, filters }))
    if (Created * 1_000 <= madeBefore) await remove(docker, Id)
}

async function sweepFolders(runFolder: string): Promise<void> {
  for (const name of await readdir(runFolder).catch(() => [])) {
    const folder = join(runFolder, name)
    const label = await readFile(join(folder, ownerFile), 'utf8').catch(() => null)
    if (label !== null && ownerState(label) === 'gone') await rm(folder, { recursive: true, force: true })
  }
}

/** This worker's folder below the run folder; nobody else on the machine may enter. */
export async function makeOwnFolder(runFolder: string): Promise<string> {
  await mkdir(runFolder, { recursive: true, mode: 0o700 })
  await chmod(runFolder, 0o700)
  const folder = join(runFolder, process.pid.toString(36))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
  await writeFile(join(folder, ownerFile), owner)
  return folder
}
