import { random, rejects, type Submission, submission, use } from 'drillbase/kit'
import { expect, test } from 'vitest'
import { tables } from './fixture.ts'

const accounts = use.dynamodb({ tables })
const { cfg, proxy } = accounts

const register = (id: string, email: unknown, by: Submission = submission): Promise<void> =>
  by.call('register', cfg, { id, email })
const find = (email: string): Promise<string | null> => submission.call('findByEmail', cfg, email)
const change = (id: string, email: unknown): Promise<void> => submission.call('changeEmail', cfg, id, email)
const remove = (id: string): Promise<boolean> => submission.call('removeUser', cfg, id)

const newUser = () => random.name('user-')
const newAddress = () => `${random.name('box.')}@${random.name()}.example`
/** Another way to write the same address. */
const respell = (address: string) =>
  random.pick([address.toUpperCase(), ` ${address}`, `${address}  `, ` ${capitals(address)} `])
const capitals = (address: string) => address.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())

/** Every user with its address, in which every address item is its user's and the reverse. */
async function usersWithAddresses(): Promise<Record<string, unknown>> {
  const items = await accounts.scan('accounts')
  const part = (prefix: string, value: string) =>
    items
      .filter(({ pk }) => String(pk).startsWith(prefix))
      .map((item) => [String(item.pk).slice(prefix.length), item[value]])
  const users = part('USER#', 'email')
  expect(part('EMAIL#', 'userId').map(([address, id]) => [id, address])).toEqual(
    expect.arrayContaining(users.map(([id, address]) => [id, address])),
  )
  expect(items).toHaveLength(users.length * 2)
  return Object.fromEntries(users)
}

const isRead = (op: string) => ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems'].includes(op)
const isWrite = (op: string) => /^(Put|Update|Delete|BatchWrite|TransactWrite|Execute|BatchExecute)/.test(op)

/**
 * Runs a call, and lets `meanwhile` happen between its first read of `what` and whatever it does next; after the call where
 * it never reads that.
 */
async function meeting<A, B>(
  call: () => Promise<A>,
  what: string,
  meanwhile: () => Promise<B>,
): Promise<[PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  const settled = async <T>(promise: Promise<T>) => (await Promise.allSettled([promise]))[0]
  let between: ReturnType<typeof settled<B>> | undefined
  const begin = () => {
    proxy.rule(null)
    between ??= settled(meanwhile())
    return between
  }
  proxy.rule((op, body) =>
    isRead(op) && JSON.stringify(body).includes(what) ? { after: (answer) => begin().then(() => answer) } : undefined,
  )
  const outcome = await settled(call())
  return [outcome, await begin()]
}

const won = (outcome: PromiseSettledResult<unknown>) => outcome.status === 'fulfilled'
const codeOf = (outcome: PromiseSettledResult<unknown>) => (outcome.status === 'rejected' ? outcome.reason.code : null)

test('one_winner_per_address', async () => {
  const another = await submission.spawn()
  const address = newAddress()
  const ids = Array.from({ length: 20 }, newUser)
  // The first one to look is answered when somebody has registered. It is the first whom the engine has answered: whoever has
  // only asked may still be overtaken by a write.
  let looked = false
  let someone = () => {}
  const registered = new Promise<void>((resolve) => {
    someone = resolve
  })
  proxy.rule((op) => {
    if (!isRead(op) || looked) return undefined
    return {
      async after(answer) {
        const isFirst = !looked
        looked = true
        if (isFirst) await registered
        return answer
      },
    }
  })
  const outcomes = await Promise.allSettled(
    ids.map(async (id, at) => {
      await register(id, at % 3 === 0 ? address : respell(address), at % 2 === 0 ? submission : another)
      someone()
    }),
  )
  expect(outcomes.filter(won)).toHaveLength(1)
  for (const outcome of outcomes) if (!won(outcome)) expect(codeOf(outcome)).toBe('EMAIL_TAKEN')
  expect(await usersWithAddresses()).toEqual({ [ids[outcomes.findIndex(won)] ?? '']: address })
})

test('changing_frees_the_old_address', async () => {
  const [ann, bob] = [newUser(), newUser()]
  const [old, wanted] = [newAddress(), newAddress()]
  await register(ann, old)
  await change(ann, respell(wanted))
  expect(await find(old)).toBe(null)
  expect(await find(respell(wanted))).toBe(ann)
  await change(ann, respell(wanted))
  await register(bob, respell(old))
  await rejects(change(bob, respell(wanted)), 'EMAIL_TAKEN')
  expect(await find(old)).toBe(bob)
  expect(await usersWithAddresses()).toEqual({ [ann]: wanted, [bob]: old })
})

test('two_users_want_one_address', async () => {
  const prize = [newAddress(), newAddress()]
  for (const [at, what] of [`EMAIL#${prize[0]}`, 'USER#'].entries()) {
    const [ann, bob] = [newUser(), newUser()]
    const own = [newAddress(), newAddress()]
    const wanted = prize[at] ?? ''
    await register(ann, own[0])
    await register(bob, own[1])
    const outcomes = await meeting(
      () => change(ann, wanted),
      what,
      () => change(bob, wanted),
    )
    expect(outcomes.filter(won)).toHaveLength(1)
    expect(outcomes.map(codeOf)).toContain('EMAIL_TAKEN')
    const winner = won(outcomes[0]) ? ann : bob
    expect(await find(wanted)).toBe(winner)
    expect(await usersWithAddresses()).toMatchObject({
      [ann]: winner === ann ? wanted : own[0],
      [bob]: winner === bob ? wanted : own[1],
    })
  }
})

test('one_user_changing_at_once', async () => {
  const [ann, old, ...wanted] = [newUser(), newAddress(), newAddress(), newAddress()]
  await register(ann, old)
  const outcomes = await meeting(
    () => change(ann, wanted[0]),
    `USER#${ann}`,
    () => change(ann, wanted[1]),
  )
  expect(outcomes.map(codeOf)).toEqual([null, null])
  expect(wanted).toContain((await usersWithAddresses())[ann])

  const more = Array.from({ length: 6 }, newAddress)
  await Promise.all(more.map((address) => change(ann, address)))
  expect(more).toContain((await usersWithAddresses())[ann])
})

test('removal_meets_change', async () => {
  const [ann, bob] = [newUser(), newUser()]
  await register(ann, newAddress())
  await register(bob, newAddress())
  const [removed] = await meeting(
    () => remove(ann),
    `USER#${ann}`,
    () => change(ann, newAddress()),
  )
  expect(removed).toEqual({ status: 'fulfilled', value: true })
  expect(Object.keys(await usersWithAddresses())).toEqual([bob])

  const [changed, gone] = await meeting(
    () => change(bob, newAddress()),
    `USER#${bob}`,
    () => remove(bob),
  )
  expect(gone).toEqual({ status: 'fulfilled', value: true })
  expect(['NO_USER', null]).toContain(codeOf(changed))
  expect(await usersWithAddresses()).toEqual({})
})

test('removing_releases_everything', async () => {
  const [ann, bob, address] = [newUser(), newUser(), newAddress()]
  await register(ann, address)
  const outcomes = await meeting(
    () => remove(ann),
    `USER#${ann}`,
    () => remove(ann),
  )
  expect(outcomes.map((outcome) => (won(outcome) ? outcome.value : outcome)).sort()).toEqual([false, true])
  expect(await usersWithAddresses()).toEqual({})
  expect(await find(address)).toBe(null)
  await register(bob, address)
  expect(await find(address)).toBe(bob)
  expect(await remove(newUser())).toBe(false)
})

test('failure_in_the_middle_leaves_no_orphan', async () => {
  const [ann, bob] = [newUser(), newUser()]
  await register(ann, newAddress())
  const attempts = [() => change(ann, newAddress()), () => register(bob, newAddress()), () => remove(ann)]
  for (const attempt of attempts) {
    // Whoever needs a second write gets it refused.
    let writes = 0
    proxy.rule((op) =>
      isWrite(op) && ++writes > 1 ? { fail: { type: 'AccessDeniedException', status: 400 } } : undefined,
    )
    await attempt().catch(() => {})
    proxy.rule(null)
    await usersWithAddresses()
  }
  expect(Object.keys(await usersWithAddresses())).toEqual([bob])
})

test('conflicts_are_tried_again', async () => {
  const [ann, wanted] = [newUser(), newAddress()]
  const conflicted = async (call: Promise<unknown>, conflicts: number) => {
    let left = conflicts
    proxy.rule((op, body) => {
      if (op !== 'TransactWriteItems' || left-- <= 0) return undefined
      const busy = random.int(0, body.TransactItems.length - 1)
      const reasons = body.TransactItems.map((_: unknown, at: number) =>
        at === busy
          ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
          : { Code: 'None' },
      )
      const extra = { CancellationReasons: reasons }
      return { fail: { type: 'TransactionCanceledException', message: 'Transaction cancelled', extra } }
    })
    return call
  }
  await conflicted(register(ann, newAddress()), 3)
  await conflicted(change(ann, wanted), 3)
  expect(await usersWithAddresses()).toEqual({ [ann]: wanted })
  expect(await conflicted(remove(ann), 3)).toBe(true)
})

test('reads_ask_for_the_newest_state', async () => {
  // A copy that has not heard of anything yet answers whoever does not ask for the newest state.
  proxy.rule((op, body) => {
    if (op === 'GetItem' && !body.ConsistentRead) return { after: () => ({}) }
    if ((op === 'Query' || op === 'Scan') && !body.ConsistentRead)
      return { after: () => ({ Items: [], Count: 0, ScannedCount: 0 }) }
    if (op === 'BatchGetItem' && !body.RequestItems.accounts?.ConsistentRead)
      return { after: () => ({ Responses: { accounts: [] }, UnprocessedKeys: {} }) }
    return undefined
  })
  const [ann, old, wanted] = [newUser(), newAddress(), newAddress()]
  await register(ann, old)
  expect(await find(old)).toBe(ann)
  await change(ann, wanted)
  expect(await find(wanted)).toBe(ann)
  expect(await remove(ann)).toBe(true)
  expect(await usersWithAddresses()).toEqual({})
})

test('bad_addresses_and_clashes', async () => {
  const [ann, bob] = [newUser(), newUser()]
  const [hers, his] = [newAddress(), newAddress()]
  await register(ann, hers)
  const [name = '', domain = ''] = newAddress().split('@')
  const bad = ['', ' ', name, `${name}@`, `@${domain}`, `${name}@${domain}@${domain}`, `${name} x@${domain}`]
  for (const address of random.shuffle([...bad, null, 7, { S: hers }])) {
    await rejects(register(bob, address), 'BAD_EMAIL')
    await rejects(change(ann, address), 'BAD_EMAIL')
  }
  await rejects(register(bob, respell(hers)), 'EMAIL_TAKEN')
  await register(bob, his)
  await rejects(register(ann, newAddress()), 'USER_EXISTS')
  await rejects(register(ann, respell(hers)), 'USER_EXISTS')
  await rejects(register(ann, his), 'USER_EXISTS')
  await rejects(change(newUser(), random.pick([his, newAddress()])), 'NO_USER')
  expect(await usersWithAddresses()).toEqual({ [ann]: hers, [bob]: his })
})
