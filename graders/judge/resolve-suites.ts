import { registerHooks } from 'node:module'

const root = new URL('../../package.json', import.meta.url).href
const ours = new Map([
  ['vitest', new URL('./vitest-shim.ts', import.meta.url).href],
  ['drillbase/kit', new URL('./kit.ts', import.meta.url).href],
])

const ofOneRun = /(\.test|\/fixture)\.ts(\?run=\d+)?$/

/**
 * Lets a suite import 'vitest', 'drillbase/kit' and the drivers wherever it lies: content may be a folder far from this
 * repository, without packages of its own. In this thread and synchronous, so it costs nothing to speak of.
 *
 * Suite, fixture and kit are modules of one run only (`?run=2`): what they keep must not meet the next submission.
 */
export function resolveForSuites(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const run = ofOneRun.exec(context.parentURL ?? '')?.[2] ?? ''
      const url = ours.get(specifier)
      if (url) return { url: specifier === 'drillbase/kit' ? url + run : url, shortCircuit: true }
      try {
        const found = next(specifier, context)
        return specifier.startsWith('.') ? { ...found, url: found.url + run } : found
      } catch (error) {
        const isPackage = !specifier.startsWith('.') && !specifier.includes(':') && !specifier.startsWith('/')
        if (!isPackage || (error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error
        return next(specifier, { ...context, parentURL: root })
      }
    },
    load(url, context, next) {
      // A suite and its fixture.ts: outside a package with "type": "module" Node would have to guess, and say so.
      return next(url, ofOneRun.test(url) ? { ...context, format: 'module-typescript' } : context)
    },
  })
}
