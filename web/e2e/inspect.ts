import type { Page } from 'playwright-core'

/**
 * What a screen would fail in any accessibility check: controls and pictures without a name, headings, ids used twice, text
 * with too little contrast (WCAG AA: 4.5, large text 3), content wider than the screen. One line a finding.
 */
export const inspect = (page: Page): Promise<string[]> => page.evaluate(findings)

// Runs in the page: nothing from outside of it can be used.
function findings(): string[] {
  const found: string[] = []
  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
  const isShown = (element: Element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const say = (element: Element, what: string) =>
    found.push(`${what}: <${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}">`)

  const nameOf = (element: HTMLElement) => {
    const labelled = element.getAttribute('aria-labelledby')?.split(' ') ?? []
    const label = (element as HTMLInputElement).labels?.[0]
    const texts = [
      element.getAttribute('aria-label'),
      ...labelled.map((id) => document.getElementById(id)?.textContent),
    ]
    const spoken = element.cloneNode(true) as HTMLElement
    for (const silent of spoken.querySelectorAll('[aria-hidden="true"]')) silent.remove()
    return [...texts, label?.textContent, spoken.textContent].some((text) => text?.trim())
  }
  for (const element of all(
    'a, button, input, textarea, select, summary, progress, [role="img"], [role="tab"], nav, dialog[open]',
  ))
    if (isShown(element) && !nameOf(element)) say(element, 'no name')

  const headings = all('h1').filter(isShown)
  if (headings.length !== 1) found.push(`${headings.length} first headings`)
  const ids = all('[id]').map(({ id }) => id)
  for (const id of new Set(ids))
    if (ids.filter((one) => one === id).length > 1) found.push(`the id ${id} is used twice`)
  const tooWide = document.documentElement.scrollWidth - innerWidth
  if (tooWide > 0) found.push(`${tooWide} px wider than the screen`)

  type Colour = { r: number; g: number; b: number; a: number }
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const read = (colour: string): Colour => {
    if (!canvas) throw new Error('no canvas')
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
    return { r, g, b, a: a / 255 }
  }
  const over = (top: Colour, under: Colour): Colour => {
    const mix = (one: number, other: number) => one * top.a + other * (1 - top.a)
    return { r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1 }
  }
  const backgroundOf = (element: Element | null): Colour => {
    if (!element) return { r: 255, g: 255, b: 255, a: 1 }
    const own = read(getComputedStyle(element).backgroundColor)
    return own.a === 1 ? own : over(own, backgroundOf(element.parentElement))
  }
  const luminance = ({ r, g, b }: Colour) => {
    const linear = (part: number) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
  }
  for (const element of all('body *')) {
    const hasText = [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim())
    if (!hasText || !isShown(element) || element.closest('[aria-hidden="true"], :disabled, .sr-only, svg, .skip'))
      continue
    const { color, fontSize, fontWeight } = getComputedStyle(element)
    const background = backgroundOf(element)
    const [dark = 0, light = 0] = [luminance(over(read(color), background)), luminance(background)].sort(
      (a, b) => a - b,
    )
    const contrast = (light + 0.05) / (dark + 0.05)
    const size = Number.parseFloat(fontSize)
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700)
    if (contrast < (isLarge ? 3 : 4.5))
      say(element, `contrast ${contrast.toFixed(2)} of "${element.textContent?.trim().slice(0, 30)}"`)
  }
  return [...new Set(found)]
}
