import Docker from 'dockerode'
import { type ImageProgress, prepareImages } from '../graders/images/images.ts'

/** `npm run images`: finds or builds every image, prints what each one is, and fails when one cannot be had. */
const lastLine = new Map<string, string>()
const failed = new Set<string>()
const report = ({ name, state, step, done, total, message }: ImageProgress) => {
  if (state === 'failed') failed.add(name)
  const line = [state, total ? `${(done ?? 0) + 1}/${total}` : '', step, message].filter(Boolean).join(' ')
  if (state === 'waiting' || state === 'ready' || lastLine.get(name) === line) return
  lastLine.set(name, line)
  console.error(`${name}: ${state === 'failed' ? line : line.slice(0, 120)}`)
}

const images = await prepareImages(new Docker(), { onProgress: report }).catch((error) => {
  console.error(error.message)
  return new Map()
})
for (const { name, origin, sizeBytes, reference, product } of images.values()) {
  const size = `${Math.round(sizeBytes / 1e6)} MB`
  console.log([name.padEnd(14), origin.padEnd(9), size.padStart(8), reference.padEnd(38), product].join(' '))
}
process.exit(failed.size === 0 ? 0 : 1)
