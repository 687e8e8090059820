import type Docker from 'dockerode'
import { follow } from './follow.ts'

// A registry that cannot be reached usually says so at once; one behind a firewall that drops packets says nothing.
const firstAnswerMs = 10_000

/** What the engine has, and what it can pull. One refusal for want of a registry is enough: then nothing more is tried. */
export class Registry {
  #docker: Docker
  #signal: AbortSignal | undefined
  #isUnreachable = false

  constructor(docker: Docker, signal?: AbortSignal) {
    this.#docker = docker
    this.#signal = signal
  }

  async local(reference: string): Promise<Docker.ImageInspectInfo | undefined> {
    try {
      return await this.#docker.getImage(reference).inspect()
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return undefined
      throw error
    }
  }

  /** True when the image is there afterwards; false when no registry serves it. `report` is told what is going on. */
  async pull(reference: string, report: (step: string) => void): Promise<boolean> {
    if (this.#isUnreachable) return false
    report(`pulling ${reference}`)
    const abort = new AbortController()
    const tooSlow = setTimeout(() => abort.abort(), firstAnswerMs)
    const signal = this.#signal ? AbortSignal.any([this.#signal, abort.signal]) : abort.signal
    try {
      const stream = await this.#docker.pull(reference, { abortSignal: signal })
      await follow(stream, ({ status, progress }) => {
        clearTimeout(tooSlow)
        if (status) report([status, progress].filter(Boolean).join(' '))
      })
      return (await this.local(reference)) !== undefined
    } catch (error) {
      this.#signal?.throwIfAborted()
      const isOnlyThisImage = /not found|manifest unknown|denied/i.test(String(error))
      if (!isOnlyThisImage) this.#isUnreachable = true
      return false
    } finally {
      clearTimeout(tooSlow)
    }
  }
}
