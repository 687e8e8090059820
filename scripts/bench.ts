/**
 * `npm run bench -- <name> [options]`: measures the program on this machine and prints a table, or with --json one object.
 * Nothing is asserted; the baselines stand beside the figures.
 */
const benches: Record<string, () => Promise<{ default: (argv: string[]) => Promise<void> }>> = {
  chaos: () => import('./bench/chaos.ts'),
  grade: () => import('./bench/grade.ts'),
  overhead: () => import('./bench/overhead.ts'),
  throughput: () => import('./bench/throughput.ts'),
}

const [name = '', ...argv] = process.argv.slice(2)
const load = benches[name]
if (!load) {
  console.error(`npm run bench -- <name>: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
await (await load()).default(argv)
