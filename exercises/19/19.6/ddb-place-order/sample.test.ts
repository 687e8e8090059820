import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Line, type Receipt, tables } from './fixture.ts'

const put = (items: object[]) => items.map((Item) => ({ PutRequest: { Item: { ...Item } } }))
const shop = use.dynamodb({
  tables,
  seed: (doc) =>
    doc.send(
      new BatchWriteCommand({
        RequestItems: {
          customers: put([
            { id: 'ann', name: 'Ann' },
            { id: 'bob', name: 'Bob', blocked: true },
          ]),
          stock: put([
            { sku: 'lamp', qty: 5 },
            { sku: 'desk', qty: 1 },
          ]),
        },
      }),
    ),
})
const place = (orderId: string, customerId: string, lines: Line[]) =>
  submission.call<Receipt>('placeOrder', shop.cfg, { orderId, customerId, lines })

test('sample', async () => {
  const lines = [
    { sku: 'lamp', qty: 1 },
    { sku: 'desk', qty: 1 },
    { sku: 'lamp', qty: 1 },
  ]
  await show('Ann orders two lamps, on two lines, and a desk', place('order-1', 'ann', lines))
  await show('the same order again', place('order-1', 'ann', lines))
  await show('its id for another order', place('order-1', 'ann', [{ sku: 'lamp', qty: 1 }]))
  await show(
    'more lamps than there are, and no desk left',
    place('order-2', 'ann', [
      { sku: 'lamp', qty: 9 },
      { sku: 'desk', qty: 1 },
    ]),
  )
  await show('Bob is blocked', place('order-3', 'bob', [{ sku: 'lamp', qty: 1 }]))
  await show('a quantity of zero', place('order-4', 'ann', [{ sku: 'lamp', qty: 0 }]))
})
