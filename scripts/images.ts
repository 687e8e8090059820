import Docker from 'dockerode'
import { type ImageProgress, prepareImages } from '../graders/images/images.ts'

/** `npm run images`: finds or builds every image and prints what each one is. */
const lastStep = new Map<string, string>()
const report = ({ name, state, step, done, total, message }: ImageProgress) => {
  const line = [state, total ? `${(done ?? 0) + 1}/${total}` : '', step, message].filter(Boolean).join(' ')
  if (state === 'waiting' || lastStep.get(name) === line) return
  lastStep.set(name, line)
  console.error(`${name}: ${line.slice(0, 150)}`)
}

const images = await prepareImages(new Docker(), { only: process.argv.slice(2).length ? process.argv.slice(2) as never : undefined, onProgress: report })
for (const image of images.values()) {
  const size = `${Math.round(image.sizeBytes / 1e6)} MB`
  console.log([image.name.padEnd(14), image.origin.padEnd(9), size.padStart(8), image.reference.padEnd(38), image.product].join(' '))
}
