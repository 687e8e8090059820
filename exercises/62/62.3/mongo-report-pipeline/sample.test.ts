import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import type { Month, Order, Product } from './fixture.ts'

const mongo = use.mongodb({
  seed: async (db) => {
    await db.collection<Product>('products').insertMany([
      { _id: 'ink', name: 'Black ink' },
      { _id: 'pen', name: 'Fountain pen' },
    ])
    const [may, june] = [new Date('2027-05-20T10:00:00Z'), new Date('2027-05-31T22:30:00Z')]
    await db.collection<Order>('orders').insertMany([
      { _id: 1, customer: 'ann', status: 'paid', placedAt: may, lines: [{ sku: 'pen', qty: 1, cents: 2000 }] },
      { _id: 2, customer: 'bob', placedAt: may, lines: [{ sku: 'pen', qty: 1, cents: 2000 }] },
      { _id: 3, customer: 'ann', status: 'cancelled', placedAt: may, lines: [{ sku: 'ink', qty: 9, cents: 500 }] },
      { _id: 4, customer: 'ann', status: 'open', placedAt: june, lines: [{ sku: 'cap', qty: 2, cents: 100 }] },
      { _id: 5, customer: 'bob', status: 'paid', placedAt: june },
    ])
  },
})

test('sample', async () => {
  const report = (timezone: string, to: string) =>
    submission.call<Month[]>('monthlyReport', mongo.cfg, {
      from: new Date('2027-05-01T00:00:00Z'),
      to: new Date(to),
      timezone,
      top: 2,
    })
  await show('May and June in Berlin, where order 4 was placed after midnight', report('Europe/Berlin', '2027-07-01'))
  await show('the same in New York, where it was evening', report('America/New_York', '2027-07-01'))
  await show('up to the moment of the first order, which is not in it', report('Europe/Berlin', '2027-05-20T10:00:00Z'))
})
