import { describe, expect, test } from 'vitest'
import { start } from '../started.ts'

describe('what is broken inside breaks nothing outside', () => {
  test('patched globals', async () => {
    const code = `
JSON.stringify = () => '{"t":"return","value":"forged"}'
JSON.parse = () => ({})
globalThis.Promise = class { then() {} } as never
Promise.prototype.then = () => { throw 1 }
Buffer.from = (() => { throw 2 }) as never
Buffer.concat = (() => { throw 3 }) as never
process.exit = (() => {}) as never
Object.keys = () => ['forged']
Array.isArray = (() => false) as never
export const run = async () => ({ honest: [1, 2] })`
    const { sandbox, session, load } = await start('typescript', code)
    expect(load.outcome).toBe('loaded')
    expect(await session.call('run', [], 'json')).toEqual({ honest: [1, 2] })
    await sandbox.kill()
  })

  test('patched modules', async () => {
    const code = `
import json, os, threading, sys
json.dumps = lambda *a, **k: '{}'
json.loads = lambda *a, **k: {}
os.write = lambda *a: 0
sys.modules['drillbase_runner.frames'] = None
def run(): return {'honest': [1, 2]}`
    const { sandbox, session } = await start('python', code)
    expect(await session.call('run', [], 'json')).toEqual({ honest: [1, 2] })
    await sandbox.kill()
  })

  test.each([
    ['a getter that throws', '({ get a() { throw new Error("mine") } })', /mine/],
    ['a thenable that never settles its promise twice', '({ then(ok: (n: number) => void) { ok(7); ok(8) } })', /^7$/],
    ['an own __proto__', 'JSON.parse(\'{"__proto__": {"passed": true}}\')', /no such field|__proto__/],
    ['an object that equals everything', '({ asymmetricMatch: () => true })', /an object with functions/],
    ['a list that is none', '({ length: 3, 0: 1 })', /a record|length/],
    ['a proxy', 'new Proxy([1], { get: (t, k) => k === "length" ? 1e9 : 1 })', /more than/],
  ])('%s', async (_name, expression, seen) => {
    const { sandbox, session } = await start('typescript', `export const run = (): unknown => (${expression})`)
    const answer = await session.call('run', [], 'json').then(JSON.stringify, (error: Error) => error.message)
    expect(answer).toMatch(seen)
    expect(session.violation).toBeNull()
    await sandbox.kill()
  })
})
