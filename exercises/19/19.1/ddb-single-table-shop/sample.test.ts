import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Page, tables } from './fixture.ts'

const shop = use.dynamodb({ tables })
const call = <T>(fn: string, ...args: unknown[]) => submission.call<T>(fn, shop.cfg, ...args)
const day = (number: number) => new Date(Date.UTC(2027, 4, number))
const add = (orderId: string, placedAt: Date, ...skus: string[]) =>
  call('addOrder', 'ann', { orderId, placedAt, lines: skus.map((sku) => ({ sku, qty: 1 })) })
const may = (cursor: string | null = null) =>
  call<Page>('ordersOf', 'ann', { from: day(1), to: day(32), limit: 2, cursor })

/** The cursor of a page; null where there is none, or no page. */
const after = (page: Promise<Page>) =>
  page.then(
    ({ next }) => next,
    () => null,
  )

test('sample', async () => {
  await call('putCustomer', { id: 'ann', name: 'Ann' }).catch(() => {})
  await show('Ann', call('getCustomer', 'ann'))
  await show('Ann orders a lamp and a desk', add('o1', day(3), 'lamp', 'desk'))
  await show('the same order id, on another day', add('o1', day(4), 'chair'))
  await add('o2', day(9), 'chair').catch(() => {})
  await add('o3', day(20), 'rug', 'lamp', 'rug').catch(() => {})
  await add('o4', day(32), 'clock').catch(() => {})
  const first = may()
  await show("Ann's newest two orders of May", first)
  await show('the page after them', may(await after(first)))
  await show('the lines of o3', call('orderLines', 'ann', 'o3'))
  await show('a cursor that somebody made up', may('page-2'))
})
