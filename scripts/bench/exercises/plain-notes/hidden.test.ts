import { random, submission } from 'drillbase/kit'
import { expect, test } from 'vitest'

const texts: Record<string, () => string> = {
  empty_text: () => '',
  one_letter: () => random.pick(['a', 'b', 'c']),
  short_text: () => random.name(),
  long_text: () => random.name().repeat(100),
  quotes: () => 'it\'s a "quote"',
  backslashes: () => 'C:\\notes\\',
  percent_signs: () => '100% %s %d',
  line_breaks: () => 'one\r\ntwo',
  digits: () => String(random.int(0, 1_000_000)),
  other_alphabets: () => 'ünï☃ 日本',
}

for (const [name, make] of Object.entries(texts))
  test(name, async () => {
    const text = make()
    expect(await submission.call('trim', `  ${text}\t`)).toBe(text)
  })
