import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BuildStep, buildFolder, removeStages } from './build-folder.ts'

const docker = new Docker()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillbase-test-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const labelled = (label: string) => docker.listImages({ filters: { label: [label] } })

test('of a build in stages only the result stays, and each step is told', async () => {
  const own = `drillbase-test=${randomUUID()}`
  writeFileSync(join(folder, 'file'), own)
  const dockerfile = `FROM scratch AS first\nLABEL ${own}\nCOPY file /\nFROM scratch\nCOPY --from=first /file /\nLABEL ${own}\n`
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  const tag = `drillbase/test:${randomUUID().slice(0, 12)}`
  const steps: BuildStep[] = []
  const stages = await buildFolder(docker, folder, { tag, labels: {}, onStep: (step) => steps.push(step) })
  try {
    await removeStages(docker, stages)
    expect((await labelled(own)).map(({ RepoTags }) => RepoTags)).toEqual([[tag]])
    expect(steps[1]).toEqual({ step: `LABEL ${own}`, done: 1, total: 6 })
  } finally {
    await docker.getImage(tag).remove()
  }
})

test('a build that fails says what the engine said', async () => {
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY nothing /\n')
  const build = buildFolder(docker, folder, { tag: 'drillbase/test:never', labels: {}, onStep: () => {} })
  await expect(build).rejects.toThrow(/Step 2\/2 : COPY nothing .* nothing/s)
})
