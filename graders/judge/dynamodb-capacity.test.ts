import { describe, expect, test } from 'vitest'
import { askForCapacity, consumedBy, findConsumed } from './dynamodb-capacity.ts'

const bytes = (text: string) => Buffer.from(text)

describe('asking', () => {
  test.each([
    ['Query', '{"TableName":"t"}', '{"ReturnConsumedCapacity":"TOTAL","TableName":"t"}'],
    ['PutItem', ' {"Item":{"n":{"N":"1.10"}}}', ' {"ReturnConsumedCapacity":"TOTAL","Item":{"n":{"N":"1.10"}}}'],
    ['GetItem', '{"ReturnConsumedCapacity":"NONE"}', '{"ReturnConsumedCapacity":"TOTAL"}'],
  ])('%s %s', (op, sent, expected) => {
    expect(askForCapacity(op, bytes(sent), JSON.parse(sent)).toString()).toBe(expected)
  })

  test.each([
    ['what the submission asks itself', 'Query', '{"ReturnConsumedCapacity":"INDEXES"}'],
    ['an operation that consumes none', 'ListTables', '{"Limit":1}'],
    ['an empty object', 'Query', '{}'],
  ])('leaves %s alone', (_, op, sent) => {
    const request = bytes(sent)
    expect(askForCapacity(op, request, JSON.parse(sent))).toBe(request)
  })

  test('leaves what is no object alone', () => {
    const request = bytes('[{"a":1}]')
    expect(askForCapacity('Query', request, {})).toBe(request)
  })
})

describe('finding', () => {
  const capacity = '"ConsumedCapacity":{"TableName":"t","CapacityUnits":2.5}'
  test.each([
    ['alone', `{${capacity}}`, '{}'],
    ['first', `{${capacity},"Count":1}`, '{"Count":1}'],
    ['last', `{"Count":1,${capacity}}`, '{"Count":1}'],
    ['in the middle', `{"Count":1, ${capacity},"Items":[{"a":{"S":"x"}}]}`, '{"Count":1, "Items":[{"a":{"S":"x"}}]}'],
    [
      'behind an item that uses the same words',
      `{"Items":[{${capacity},"s":{"S":"\\"ConsumedCapacity\\":{}"}}],"Note":"ConsumedCapacity",${capacity}}`,
      `{"Items":[{${capacity},"s":{"S":"\\"ConsumedCapacity\\":{}"}}],"Note":"ConsumedCapacity"}`,
    ],
  ])('%s', (_, answer, without) => {
    const found = findConsumed(bytes(answer))
    const [from, to] = found?.cut ?? [0, 0]
    expect(answer.slice(0, from) + answer.slice(to)).toBe(without)
    expect(found?.value).toEqual({ TableName: 't', CapacityUnits: 2.5 })
  })

  test.each([
    '{}',
    '',
    '{"Items":[',
    '"ConsumedCapacity":',
    '{"a":"\\\\',
    '}}}}',
    '{"Item":{"ConsumedCapacity":{"S":"x"}}}',
  ])('nothing in %s', (answer) => expect(findConsumed(bytes(answer))).toBeNull())
})

describe('counting', () => {
  test.each([
    ['GetItem', {}, { CapacityUnits: 0.5 }, { read: 0.5, write: 0 }],
    ['UpdateItem', {}, { CapacityUnits: 3 }, { read: 0, write: 3 }],
    ['BatchGetItem', {}, [{ CapacityUnits: 1 }, { CapacityUnits: 2 }], { read: 3, write: 0 }],
    [
      'TransactWriteItems',
      {},
      [
        { CapacityUnits: 4, WriteCapacityUnits: 4 },
        { CapacityUnits: 2, ReadCapacityUnits: 2 },
      ],
      { read: 2, write: 4 },
    ],
    ['ExecuteStatement', { Statement: ' Select * from t' }, { CapacityUnits: 1 }, { read: 1, write: 0 }],
    ['ExecuteStatement', { Statement: 'update t set a = 1' }, { CapacityUnits: 1 }, { read: 0, write: 1 }],
    [
      'BatchExecuteStatement',
      { Statements: [{ Statement: 'SELECT 1' }] },
      [{ CapacityUnits: 1 }],
      { read: 1, write: 0 },
    ],
    ['Query', {}, { CapacityUnits: 'many' }, { read: 0, write: 0 }],
    ['Query', {}, null, { read: 0, write: 0 }],
  ])('%s %j', (op, body, consumed, expected) => {
    expect(consumedBy(op, body, consumed)).toEqual(expected)
  })
})
