import type { Submission } from '../../server/api/contract.ts'
import { figuresOf, isComparable, type Traffic } from './figures.ts'
import { engineWords } from './words.ts'

/** What went over the wire to each engine, counted from outside, beside the reference's figures where they are known. */
export function EngineFigures({ submission }: { submission: Submission }) {
  const { engines, traffic, referenceTraffic } = submission
  const compared = isComparable(submission)
  return (
    <>
      {engines.map(({ kind, product }) => {
        const own = traffic[kind]
        const reference = (compared && referenceTraffic?.[kind]) || null
        return own && <EngineTable key={kind} kind={kind} name={product || engineWords[kind]} {...{ own, reference }} />
      })}
    </>
  )
}

type Props = {
  kind: Submission['engines'][number]['kind']
  name: string
  own: Traffic
  reference: Traffic | null
}

function EngineTable({ kind, name, own, reference }: Props) {
  return (
    <table class="engine-figures">
      <caption>What {name} saw</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="sr-only">Figure</span>
          </th>
          <th scope="col">Yours</th>
          {reference && <th scope="col">Reference</th>}
        </tr>
      </thead>
      <tbody>
        {figuresOf(kind, own, reference).map(({ name: figure, own: yours, reference: theirs, remark }) => (
          <tr key={figure} class={remark ? 'telling' : ''}>
            <th scope="row">
              {figure}
              {remark && <span class="remark">{remark}</span>}
            </th>
            <td>{yours}</td>
            {reference && <td>{theirs}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
