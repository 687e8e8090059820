import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { type Drained, tables } from './fixture.ts'

const table = use.dynamodb({ tables })
const put = (Item: Record<string, unknown>) => table.inspect.doc.send(new PutCommand({ TableName: 'products', Item }))
const drain = (...position: unknown[]) => submission.call<Drained>('drain', table.cfg, 'products', ...position)

test('sample', async () => {
  await put({ id: 'lamp', price: 20, tags: new Set(['new', 'light']) })
  await put({ id: 'lamp', price: 15, tags: new Set(['light', 'new']) })
  const first = drain()
  await show('a lamp, and its price is reduced', first)
  await put({ id: 'lamp', price: 15, tags: new Set(['light', 'new']) })
  await put({ id: 'desk' })
  await table.inspect.doc.send(new DeleteCommand({ TableName: 'products', Key: { id: 'lamp' } }))
  const { position } = await first.catch(() => ({ position: {} }))
  await show('from there: the same lamp again, a desk, and the lamp is deleted', drain(position))
  const session = { id: { S: 'session' } }
  const record = (userIdentity?: object) => ({
    eventName: 'REMOVE',
    dynamodb: { Keys: session, OldImage: { ...session, ends: { N: '1700000000' } }, SequenceNumber: '1' },
    ...(userIdentity && { userIdentity }),
  })
  await show('a session that somebody deletes', submission.call('toEvent', record()))
  const service = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' }
  await show('a session that TTL removes', submission.call('toEvent', record(service)))
})
