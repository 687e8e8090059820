import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { ensureBase } from './base.ts'
import { removeOlder } from './build.ts'
import { type BuildStep, buildFolder, removeStages } from './build-folder.ts'
import { type ImageName, type PartName, partsOf } from './catalogue.ts'
import { contextOf } from './context.ts'
import { ImageError } from './error.ts'
import type { Registry } from './registry.ts'

// What only MongoDB's stand-in needs takes longest and starts first: it gets what the others leave of the processors.
const backgroundShares = 32

/** The parts of one preparation, each made when the first image asks for it, and once. */
export class Parts {
  readonly #docker: Docker
  readonly #registry: Registry
  readonly #signal: AbortSignal | undefined
  readonly #made = new Map<PartName, Promise<string>>()
  readonly #stages: string[] = []

  constructor(docker: Docker, registry: Registry, signal?: AbortSignal) {
    this.#docker = docker
    this.#registry = registry
    this.#signal = signal
  }

  /** The build arguments that the folder's Dockerfile asks for; `report` hears what is being made. */
  async argumentsFor(folder: ImageName | PartName, report: (step: string) => void): Promise<Record<string, string>> {
    const named = partsOf(folder).map(async (part) => {
      const reference = await this.#reference(part, report)
      return [part.toUpperCase().replaceAll('-', '_'), reference] as const
    })
    return Object.fromEntries(await Promise.all(named))
  }

  /** What builds leave behind is removed at the end, because removing keeps the disk busy for seconds. */
  leaveBehind(stages: string[]): void {
    this.#stages.push(...stages)
  }

  /** Takes away what was good for this preparation only. */
  async close(): Promise<void> {
    await removeStages(this.#docker, this.#stages)
    const lists = await this.#made.get('package-lists')?.catch(() => undefined)
    await (lists && this.#docker.getImage(lists).remove())
  }

  #reference(part: PartName, report: (step: string) => void): Promise<string> {
    const made = this.#made.get(part) ?? this.#make(part, report)
    this.#made.set(part, made)
    return made
  }

  async #make(part: PartName, report: (step: string) => void): Promise<string> {
    const onStep = ({ step }: BuildStep) => report(`${part}: ${step}`)
    if (part === 'package-lists') {
      report('making the base image')
      await ensureBase(this.#docker, this.#registry, this.#signal)
      // Named for this preparation alone: lists go out of date, and another process may be preparing as well.
      const reference = `drillbase/${part}:${randomUUID().slice(0, 12)}`
      await this.#build(part, reference, { afresh: true, onStep })
      return reference
    }
    const reference = `drillbase/${part}:${contextOf(part).hash}`
    if (await this.#registry.local(reference)) return reference
    await this.#build(part, reference, { cpuShares: backgroundShares, onStep })
    const { Id } = await this.#docker.getImage(reference).inspect()
    await removeOlder(this.#docker, part, Id)
    return reference
  }

  async #build(
    part: PartName,
    tag: string,
    how: { afresh?: boolean; cpuShares?: number; onStep(step: BuildStep): void },
  ): Promise<void> {
    const buildArguments = await this.argumentsFor(part, (step) => how.onStep({ step }))
    const folder = mkdtempSync(join(tmpdir(), `drillbase-${part}-`))
    try {
      await contextOf(part).assemble(folder)
      const labels = { 'org.drillbase.image': part }
      this.leaveBehind(
        await buildFolder(this.#docker, folder, { tag, labels, buildArguments, signal: this.#signal, ...how }),
      )
    } catch (cause) {
      this.#signal?.throwIfAborted()
      throw new ImageError(part, cause instanceof Error ? cause.message : String(cause), { cause })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
