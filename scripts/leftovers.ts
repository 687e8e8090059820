import Docker from 'dockerode'
import { ourLabel, ownerLabel, ownerState } from '../graders/slot/owner.ts'

/**
 * `node scripts/leftovers.ts`: removes our containers whose process is gone and prints one line for each; the exit code says whether
 * there were any. Containers of a program that runs are its own business.
 */
const docker = new Docker()
const ours = await docker.listContainers({ all: true, filters: { label: [ourLabel] } })
const left = ours.filter(({ Labels }) => ownerState(Labels[ownerLabel] ?? '') === 'gone')
for (const { Id, Image, Status } of left) {
  console.log(`left behind: ${Image} ${Id.slice(0, 12)} (${Status})`)
  await docker.getContainer(Id).remove({ force: true, v: true })
}
process.exit(left.length === 0 ? 0 : 1)
