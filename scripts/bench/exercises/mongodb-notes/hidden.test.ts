import { random, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'

const notes = use.mongodb({ collections: [{ name: 'notes' }] })

async function textOf(key: string): Promise<unknown> {
  const note = await notes.inspect.collection<{ _id: string; text: string }>('notes').findOne({ _id: key })
  return note?.text
}

const texts: Record<string, () => string> = {
  empty_text: () => '',
  one_letter: () => random.pick(['a', 'b', 'c']),
  short_text: () => random.text(20),
  long_text: () => random.text(2_000),
  quotes: () => 'it\'s a "quote"',
  backslashes: () => 'C:\\notes\\',
  percent_signs: () => '100% %s %d',
  line_breaks: () => 'one\r\ntwo\n',
  digits: () => String(random.int(0, 1_000_000)),
  other_alphabets: () => 'ünï☃ 日本',
}

for (const [name, make] of Object.entries(texts))
  test(name, async () => {
    const key = random.name()
    const text = make()
    await submission.call('save', notes.cfg, key, text)
    expect(await textOf(key)).toBe(text)
  })
