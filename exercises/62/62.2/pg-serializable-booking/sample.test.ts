import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { schema } from './fixture.ts'

const db = use.postgres({ schema })

const at = (time: string) => new Date(`2030-05-06T${time}:00Z`)
const book = (room: string, from: string, to: string, who: string) =>
  submission.call('book', db.cfg, { room, from: at(from), to: at(to), who })

test('sample', async () => {
  await show('Ann books the attic from 10 to 11', book('attic', '10:00', '11:00', 'ann'))
  await show('Bob follows from 11 to 12', book('attic', '11:00', '12:00', 'bob'))
  await show('Cem wants it from 10:30 to 11:30', book('attic', '10:30', '11:30', 'cem'))
  await show('Cem takes the cellar instead', book('cellar', '10:30', '11:30', 'cem'))
  await show('Dee wants the cellar all day', book('cellar', '08:00', '20:00', 'dee'))
  await show('close', submission.call('close'))
  await show('Dee books the attic after close', book('attic', '12:00', '13:00', 'dee'))
})
