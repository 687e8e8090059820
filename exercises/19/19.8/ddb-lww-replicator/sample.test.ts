import { show, submission, use } from 'drillbase/kit'
import { test } from 'vitest'
import { other, type Region, regions, streamOf, tables } from './fixture.ts'

const replicas = {
  'us-east-1': use.dynamodb({ region: 'us-east-1', tables }),
  'eu-west-1': use.dynamodb({ region: 'eu-west-1', tables }),
}
const { cfg } = replicas['us-east-1']
const streams = regions.map((region) => ({ region, read: streamOf(replicas[region].inspect.client) }))

/** What each Region's stream has goes to the other one. */
async function travel(): Promise<void> {
  const batches = await Promise.all(streams.map(({ read }) => read()))
  for (const [at, { region }] of streams.entries())
    await submission.call('replicate', cfg, other(region), batches[at] ?? [])
}
const put = (region: Region, value: string, nowMs: number) => submission.call('put', cfg, region, 'ann', value, nowMs)
const get = (region: Region) => submission.call('get', cfg, region, 'ann')

test('sample', async () => {
  await show('Virginia: ann is in Boston, at 1000', put('us-east-1', 'Boston', 1000))
  await show('Ireland: ann is in Cork, at 2000', put('eu-west-1', 'Cork', 2000))
  await show('both changes travel', travel())
  await show('Virginia, afterwards', get('us-east-1'))
  await show('Ireland, afterwards', get('eu-west-1'))
  await show('Virginia: an older write, of 1500', put('us-east-1', 'Salem', 1500))
  await show('Ireland removes ann, at 3000', submission.call('remove', cfg, 'eu-west-1', 'ann', 3000))
  await show('the removal travels', travel())
  await show('Virginia, after that', get('us-east-1'))
})
