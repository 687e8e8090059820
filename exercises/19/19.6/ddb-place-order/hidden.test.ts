import { setTimeout as pause } from 'node:timers/promises'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { random, rejects, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { type Line, type Receipt, tables } from './fixture.ts'

const shop = use.dynamodb({ tables })
/** Whoever asks one after another is let through in the end. */
const patienceMs = 1_000

const put = (TableName: string, Item: Record<string, unknown>) =>
  shop.inspect.doc.send(new PutCommand({ TableName, Item }))

/** Puts so much of each on the shelf; returns a customer who may buy. */
async function open(stock: Record<string, number>, customer: Record<string, unknown> = {}): Promise<string> {
  const id = random.name('customer')
  await put('customers', { id, ...customer })
  for (const [sku, qty] of Object.entries(stock)) await put('stock', { sku, qty })
  return id
}

const stockNow = async () => Object.fromEntries((await shop.scan('stock')).map(({ sku, qty }) => [sku, qty]))
const orders = () => shop.scan('orders')

const place = (customerId: string, lines: Line[], orderId = random.name('order')) =>
  submission.call<Receipt>('placeOrder', shop.cfg, { orderId, customerId, lines })

const linesOf = (quantities: Record<string, number>) => Object.entries(quantities).map(([sku, qty]) => ({ sku, qty }))

const reads = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']
const writes = [
  'PutItem',
  'UpdateItem',
  'DeleteItem',
  'BatchWriteItem',
  'TransactWriteItems',
  'ExecuteStatement',
  'ExecuteTransaction',
  'BatchExecuteStatement',
]

test('all_tables_change_together', async () => {
  const [lamp, desk] = [random.int(3, 9), random.int(5, 9)]
  const customer = await open({ lamp, desk })
  // Whoever needs a second write gets it refused.
  let written = 0
  shop.proxy.rule((op) =>
    writes.includes(op) && ++written > 1 ? { fail: { type: 'AccessDeniedException', status: 400 } } : undefined,
  )
  const orderId = random.name('order')
  const answer = await place(customer, linesOf({ lamp: 2, desk }), orderId).catch((error) => error)

  expect(await stockNow()).toEqual({ lamp: lamp - 2, desk: 0 })
  const [order, ...more] = await orders()
  expect(more).toEqual([])
  expect(order).toMatchObject({ id: orderId, customerId: customer })
  expect(new Map(((order?.lines ?? []) as Line[]).map(({ sku, qty }) => [sku, qty]))).toEqual(
    new Map(Object.entries({ lamp: 2, desk })),
  )
  expect(answer).toEqual({ orderId, replayed: false })
})

test('every_short_sku_is_named_and_nothing_changes', async () => {
  const few = random.int(1, 4)
  const customer = await open({ lamp: few, desk: 9, chair: 0 })
  const error = await rejects(place(customer, linesOf({ desk: 2, lamp: few + 1, chair: 1, ghost: 1 })), 'OUT_OF_STOCK')
  expect([...(error.data as { skus: string[] }).skus].sort()).toEqual(['chair', 'ghost', 'lamp'])
  expect(await stockNow()).toEqual({ lamp: few, desk: 9, chair: 0 })
  expect(await orders()).toEqual([])
  expect(shop.proxy.count('TransactWriteItems')).toBeLessThanOrEqual(1)
})

test('same_sku_on_two_lines_is_merged', async () => {
  const [first, second] = [random.int(1, 4), random.int(1, 4)]
  const customer = await open({ lamp: first + second, desk: 300 })
  await place(customer, [
    { sku: 'lamp', qty: first },
    { sku: 'lamp', qty: second },
  ])
  expect(await stockNow()).toEqual({ lamp: 0, desk: 300 })
  await rejects(place(customer, [{ sku: 'lamp', qty: 1 }]), 'OUT_OF_STOCK')
  // More lines than a transaction has room for, of one product.
  await place(
    customer,
    Array.from({ length: 130 }, () => ({ sku: 'desk', qty: 2 })),
  )
  expect(await stockNow()).toEqual({ lamp: 0, desk: 40 })
})

test('concurrent_orders_never_oversell', async () => {
  const fit = random.int(6, 12)
  // The product that is short comes first, in the lines and by name: what is read of it is what everybody waits for.
  const customer = await open({ desk: fit, lamp: fit + 3 })
  // Whoever looks at the stock before it writes is answered when all have looked.
  const [callers, everybody] = [30, Promise.withResolvers<void>()]
  let asked = 0
  const isLast = () => ++asked === callers
  shop.proxy.rule((op, body) => {
    if (!JSON.stringify(body).includes('"stock"')) return undefined
    if (!reads.includes(op)) {
      if (isLast()) everybody.resolve()
      return undefined
    }
    return {
      async after(answer) {
        // Counted when the engine has answered: a read that has only arrived may still be overtaken by a write.
        if (isLast()) everybody.resolve()
        await Promise.race([everybody.promise, pause(patienceMs, undefined, { ref: false })])
        // Waiting in vain once is enough.
        everybody.resolve()
        return answer
      },
    }
  })
  const results = await Promise.allSettled(
    Array.from({ length: callers }, () => place(customer, linesOf({ desk: 1, lamp: 1 }))),
  )
  expect(await stockNow()).toEqual({ desk: 0, lamp: 3 })
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(fit)
  for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('OUT_OF_STOCK')
  expect(await orders()).toHaveLength(fit)
})

test('transaction_conflict_is_retried', async () => {
  const stock = random.int(5, 9)
  const customer = await open({ lamp: stock })
  let conflicts = 3
  const reasons = [
    { Code: 'None' },
    { Code: 'None' },
    { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' },
  ]
  shop.proxy.rule((op) =>
    op === 'TransactWriteItems' && conflicts-- > 0
      ? {
          fail: {
            type: 'TransactionCanceledException',
            message: 'Transaction cancelled',
            extra: { CancellationReasons: reasons },
          },
        }
      : undefined,
  )
  expect(await place(customer, linesOf({ lamp: 1 }))).toMatchObject({ replayed: false })
  expect(await stockNow()).toEqual({ lamp: stock - 1 })
  expect(shop.proxy.count('TransactWriteItems')).toBe(4)
})

test('lost_reply_does_not_charge_twice', async () => {
  const stock = random.int(6, 9)
  const customer = await open({ lamp: stock })
  const orderId = random.name('order')
  let lost = 0
  shop.proxy.rule((op) => (op === 'TransactWriteItems' && ++lost === 1 ? { lost: true } : undefined))
  await place(customer, linesOf({ lamp: stock }), orderId).catch(() => {})
  shop.proxy.rule(null)

  expect(await place(customer, linesOf({ lamp: stock }), orderId)).toEqual({ orderId, replayed: true })
  expect(await stockNow()).toEqual({ lamp: 0 })
  expect(await orders()).toHaveLength(1)
})

test('same_order_id_with_other_content', async () => {
  const customer = await open({ lamp: 9, desk: 9 })
  const other = await open({})
  const orderId = random.name('order')
  await place(customer, linesOf({ lamp: 2, desk: 1 }), orderId)
  await rejects(place(customer, linesOf({ lamp: 3, desk: 1 }), orderId), 'ORDER_EXISTS')
  await rejects(place(customer, linesOf({ lamp: 2 }), orderId), 'ORDER_EXISTS')
  await rejects(place(other, linesOf({ lamp: 2, desk: 1 }), orderId), 'ORDER_EXISTS')
  const again = [
    { sku: 'desk', qty: 1 },
    { sku: 'lamp', qty: 1 },
    { sku: 'lamp', qty: 1 },
  ]
  const answers = await Promise.all(Array.from({ length: 4 }, () => place(customer, again, orderId)))
  expect(answers).toEqual(Array.from({ length: 4 }, () => ({ orderId, replayed: true })))
  expect(await stockNow()).toEqual({ lamp: 7, desk: 8 })
})

test('blocked_or_unknown_customer', async () => {
  const blocked = await open({ lamp: 5 }, { blocked: true })
  const cleared = await open({}, { blocked: false })
  const unknown = random.name('nobody')
  for (const customer of random.shuffle([blocked, unknown]))
    await rejects(place(customer, linesOf({ lamp: 1 })), 'CUSTOMER_REFUSED')
  expect(await stockNow()).toEqual({ lamp: 5 })
  await place(cleared, linesOf({ lamp: 1 }))
  expect((await shop.scan('customers')).map(({ id }) => id).sort()).toEqual([blocked, cleared].sort())
})

test('hostile_quantities_and_line_counts', async () => {
  const customer = await open({ lamp: 5 })
  for (const qty of random.shuffle([-random.int(1, 9), 0, 1.5, null, '2', true]))
    await rejects(place(customer, [{ sku: 'lamp', qty }]), 'BAD_QTY')
  await rejects(
    place(customer, [
      { sku: 'lamp', qty: 6 },
      { sku: 'lamp', qty: -2 },
    ]),
    'BAD_QTY',
  )
  await rejects(place(customer, []), 'BAD_QTY')
  const many = Array.from({ length: random.int(99, 130) }, (_, i) => ({ sku: `sku-${i}`, qty: 1 }))
  await rejects(place(customer, many), 'TOO_MANY_LINES')
  expect(await stockNow()).toEqual({ lamp: 5 })
  expect(await orders()).toEqual([])
})
