import { Marked } from 'marked'
import sanitizeHtml from 'sanitize-html'

const marked = new Marked({ gfm: true, async: false })

/** Tables, code and lists, but nothing that loads or runs: content may come from strangers. No images, because none is served. */
const allowed: sanitizeHtml.IOptions = {
  allowedTags: [
    ...['h1', 'h2', 'h3', 'h4', 'p', 'br', 'hr', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 'del'],
    ...['a', 'sub', 'sup', 'kbd', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'mark', 'span', 'details', 'summary'],
  ],
  allowedAttributes: {
    a: ['href', 'rel'],
    code: ['class'],
    span: ['class'],
    th: ['align'],
    td: ['align'],
    ol: ['start'],
  },
  allowedClasses: { code: ['language-*'], span: ['gap'] },
  allowedSchemes: ['https', 'http'],
  allowProtocolRelative: false,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'noreferrer noopener' }) },
}

/** Sanitised HTML of an author's Markdown. */
export const renderMarkdown = (markdown: string): string => sanitizeHtml(marked.parse(markdown) as string, allowed)

/** A program text or its output, every character as it is. */
export function renderCode(code: string, language: string): string {
  const text = code.replace(/\n$/, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<pre><code class="language-${language}">${text}</code></pre>`
}

// Private-use characters survive Markdown wherever the deletion stands, in code too; they become tags before sanitising.
const [open, close, gap] = ['\uE000', '\uE001', '\uE002']

/** The two sides of a cloze text: with a gap for the deletion `{{…}}`, and with the text marked in its place. */
export function renderCloze(text: string): { frontHtml: string; answerHtml: string } {
  const deletion = /\{\{(.+?)\}\}/
  const render = (markdown: string) => {
    const html = (marked.parse(markdown) as string)
      .replaceAll(open, '<mark>')
      .replaceAll(close, '</mark>')
      .replaceAll(gap, '<span class="gap">[…]</span>')
    return sanitizeHtml(html, allowed)
  }
  return {
    frontHtml: render(text.replace(deletion, gap)),
    answerHtml: render(text.replace(deletion, (_, inside: string) => `${open}${inside}${close}`)),
  }
}
