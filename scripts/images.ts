import Docker from 'dockerode'
import { type ImageProgress, prepareImages } from '../graders/images/images.ts'

/**
 * `npm run images`: finds or builds every image, prints what each one is, when it was ready and what took longest of it, and
 * fails when one cannot be had.
 */
type Step = { text: string; startedMs: number }
type Course = { steps: Step[]; readyMs: number }

const longest = 2
const courses = new Map<string, Course>()
const failed = new Set<string>()
const report = ({ name, state, step, done, total, message }: ImageProgress) => {
  const course = courses.get(name) ?? { steps: [], readyMs: 0 }
  courses.set(name, course)
  if (state === 'waiting') return
  if (state === 'ready') course.readyMs = performance.now()
  if (state === 'failed') failed.add(name)
  const text = [state, total ? `${(done ?? 0) + 1}/${total}` : '', step, message].filter(Boolean).join(' ')
  if (course.steps.at(-1)?.text === text) return
  course.steps.push({ text, startedMs: performance.now() })
  if (state !== 'ready') console.error(`${name}: ${state === 'failed' ? text : text.slice(0, 120)}`)
}

const beganMs = performance.now()
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const images = await prepareImages(new Docker(), { onProgress: report }).catch((error) => {
  console.error(error.message)
  return new Map()
})
for (const { name, origin, sizeBytes, reference, product } of images.values()) {
  const size = `${Math.round(sizeBytes / 1e6)} MB`
  const { readyMs = beganMs, steps = [] } = courses.get(name) ?? {}
  const ready = seconds(readyMs - beganMs)
  console.log([name.padEnd(14), origin.padEnd(9), size.padStart(8), ready.padStart(8), reference, product].join(' '))
  const timed = steps.map(({ text, startedMs }, index) => ({
    text,
    tookMs: (steps[index + 1]?.startedMs ?? startedMs) - startedMs,
  }))
  const worth = timed.filter(({ tookMs }) => tookMs >= 1000).sort((a, b) => b.tookMs - a.tookMs)
  for (const { text, tookMs } of worth.slice(0, longest))
    console.log(`${''.padEnd(14)} ${seconds(tookMs).padStart(8)} ${text.slice(0, 90)}`)
}
process.exit(failed.size === 0 ? 0 : 1)
