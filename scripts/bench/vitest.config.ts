import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Nothing but where the kit is, so that the baselines pay for no set-up of ours. */
export default defineConfig({
  resolve: { alias: { 'drillbase/kit': fileURLToPath(new URL('../../graders/judge/kit.ts', import.meta.url)) } },
  test: { include: ['**/hidden.test.ts'], watch: false },
})
