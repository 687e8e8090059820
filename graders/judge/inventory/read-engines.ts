import { setTimeout as wait } from 'node:timers/promises'
import { type Inventory, inventoryLimits } from '../../sample.ts'
import type { OpenHandle } from '../handles/open-handle.ts'
import { noteOf } from './cell.ts'

const { engineMs } = inventoryLimits

/** What is in each engine now. One that fails to answer has no tables and says so. */
export const readEngines = (handles: OpenHandle[]): Promise<Inventory[]> =>
  Promise.all(
    handles.map((handle) =>
      Promise.race([handle.inventory(), late()]).catch(({ message }: Error) => ({
        kind: handle.kind,
        tables: [],
        moreTables: 0,
        notes: [noteOf(`What is in it could not be read: ${message}`)],
      })),
    ),
  )

const late = async (): Promise<never> => {
  await wait(engineMs, undefined, { ref: false })
  throw new Error(`no answer within ${engineMs} ms`)
}
