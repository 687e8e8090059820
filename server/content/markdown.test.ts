import { expect, test } from 'vitest'
import { renderCloze, renderCode, renderMarkdown } from './markdown.ts'

test.each([
  ['a script', '<script>alert(1)</script>'],
  ['an event handler', '<p onclick="alert(1)">text</p>'],
  ['a script link', '[text](javascript:alert(1))'],
  ['an image that tells who reads', '<img src="https://example.org/pixel.png">'],
  ['a frame', '<iframe src="https://example.org"></iframe>'],
  ['a style', '<p style="position:fixed">text</p>'],
  ['an svg', '<svg><script>alert(1)</script></svg>'],
])('%s does not pass', (_, markdown) => {
  expect(renderMarkdown(markdown)).not.toMatch(/alert|onclick|example\.org|style|<svg|<script/)
})

test('tables, code and links pass', () => {
  expect(renderMarkdown('| a |\n|---|\n| `1 < 2` |')).toMatch(/<table>[\s\S]*<code>1 &lt; 2<\/code>/)
  expect(renderMarkdown('[manual](https://example.org)')).toContain(
    '<a href="https://example.org" rel="noreferrer noopener">manual</a>',
  )
})

test('code is shown as it is', () => {
  expect(renderCode('a < b && c > d\n', 'sql')).toBe(
    '<pre><code class="language-sql">a &lt; b &amp;&amp; c &gt; d</code></pre>',
  )
})

test('a cloze text has a gap, then the deletion marked in its place', () => {
  expect(renderCloze('The default is {{read committed}}.')).toEqual({
    frontHtml: '<p>The default is <span class="gap">[…]</span>.</p>\n',
    answerHtml: '<p>The default is <mark>read committed</mark>.</p>\n',
  })
})

test('a deletion inside code and one that holds code', () => {
  expect(renderCloze('`SELECT … {{FOR UPDATE}}`').answerHtml).toContain('<code>SELECT … <mark>FOR UPDATE</mark></code>')
  const holding = renderCloze('Use {{`SKIP LOCKED`}} here.')
  expect(holding.frontHtml).not.toContain('SKIP')
  expect(holding.answerHtml).toContain('<mark><code>SKIP LOCKED</code></mark>')
})
