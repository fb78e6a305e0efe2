import type { Step } from '../api'
import { duration } from '../lib/format'
import { DataText } from '../ui/DataText'
import { runsAgain } from './rewind'

interface RunsAgainProps {
  steps: Step[]
  /** Whether the job has others, of which nothing is known here. */
  more: boolean
  name: string
  atCursor: boolean
}

/** Says what a rewind throws away: which steps run again, and how long that took before. */
export function RunsAgain({ steps, more, name, atCursor }: RunsAgainProps) {
  const index = steps.findIndex((step) => step.name === name)
  const { again, reopened } = runsAgain(steps, index)
  const top = Math.min(...again.map((step) => step.depth))
  const spent = again
    .filter((step) => step.depth === top && !(atCursor && step === steps[index]))
    .reduce((sum, step) => sum + (step.spentMs ?? 0), 0)
  if (again.length === 0) {
    return null
  }
  return (
    <div className="again">
      <p>
        <b>Runs again</b>
        {spent > 0 && <span className="dim">, {duration(spent)} of work so far</span>}
      </p>
      <ul>
        {again.slice(0, 12).map((step, i) => (
          <li key={`${i} ${step.name}`}>
            <DataText value={step.name} limit={60} still />
            {step === steps[index] && (
              <span className="dim">
                {atCursor ? ', from the cursor on' : ', from its beginning'}
              </span>
            )}
          </li>
        ))}
        {again.length > 12 && <li className="dim">and {again.length - 12} more</li>}
      </ul>
      {more && (
        <p className="dim">
          The job has more steps than this page knows: others may run again too.
        </p>
      )}
      {reopened.length > 0 && (
        <p className="dim">
          Unfinished again, to run what is left of them:{' '}
          {reopened.map((step, i) => (
            <span key={step.name}>
              {i > 0 && ', '}
              <DataText value={step.name} limit={60} still />
            </span>
          ))}
        </p>
      )}
    </div>
  )
}
