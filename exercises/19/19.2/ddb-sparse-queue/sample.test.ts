import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Ticket, tables } from './fixture.ts'

const desk = use.dynamodb({ tables })
const open = (ticket: Ticket) => submission.call('openTicket', desk.cfg, ticket)
const claim = (worker: string) => submission.call('claimNext', desk.cfg, 'support', worker)

const printer = { id: 'printer', queue: 'support', priority: 10, at: 999 }

test('sample', async () => {
  await show('open: the printer, priority 10', open(printer))
  await show('open: the door, priority 100', open({ ...printer, id: 'door', priority: 100, at: 2_000 }))
  await show('open: the coffee, priority 2', open({ ...printer, id: 'coffee', priority: 2, at: 500 }))
  await show('open: the printer once more', open(printer))
  await show('Ann claims', claim('ann'))
  await show('Bob claims', claim('bob'))
  await show('Bob finishes what Ann has', submission.call('finish', desk.cfg, 'door', 'bob'))
  await show('Ann finishes it', submission.call('finish', desk.cfg, 'door', 'ann'))
  await show('Bob gives the printer back', submission.call('reopen', desk.cfg, 'printer', 'bob'))
})
