import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { type ImagesByName, imageOf } from '../../graders/engines/start.ts'
import { buildFolder } from '../../graders/images/build-folder.ts'

/** What a sandbox of the usual design needs: both languages in one image, made of the two that the grader has. Needs no network. */
export async function sandboxImage(docker: Docker, images: ImagesByName): Promise<string> {
  const [node, python] = [imageOf(images, 'runner-node').reference, imageOf(images, 'runner-python').reference]
  const dockerfile = [
    `FROM ${node} AS node`,
    `FROM ${python}`,
    'COPY --from=node /usr/local/bin/node /usr/local/bin/node',
    'COPY --from=node /usr/lib/*/libatomic.so.1* /usr/lib/',
    '',
  ].join('\n')
  const reference = `drillbase/bench:${createHash('sha256').update(dockerfile).digest('hex').slice(0, 12)}`
  const there = await docker.listImages({ filters: { reference: [reference] } })
  if (there.length > 0) return reference
  const folder = mkdtempSync(join(tmpdir(), 'drillbase-bench-'))
  try {
    writeFileSync(join(folder, 'Dockerfile'), dockerfile)
    await buildFolder(docker, folder, { tag: reference, labels: { 'org.drillbase.image': 'bench' }, onStep() {} })
  } finally {
    rmSync(folder, { recursive: true })
  }
  return reference
}
