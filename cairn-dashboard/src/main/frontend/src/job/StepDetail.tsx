import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { JobData, Step } from '../api'
import { bytes, duration } from '../lib/format'
import type { Intend } from '../pages/JobPage'
import { DataText } from '../ui/DataText'
import { JsonTree } from '../ui/JsonTree'
import { useSession } from '../ui/session'
import { Time } from '../ui/Time'

interface StepDetailProps {
  data: JobData
  step: Step
  intend: Intend
}

/** All that is known of a step, and what one can do with it. */
export function StepDetail({ data, step, intend }: StepDetailProps) {
  return (
    <div className="step-detail">
      <StepFacts step={step} />
      {step.cursor !== null && (
        <div className="step-cursor">
          <p className="label">
            Cursor
            {step.cursorBytes !== null && <span className="dim"> {bytes(step.cursorBytes)}</span>}
          </p>
          <JsonTree json={step.cursor} />
        </div>
      )}
      <StepActs data={data} step={step} intend={intend} />
    </div>
  )
}

function StepFacts({ step }: { step: Step }) {
  return (
    <dl className="facts">
      <Fact name="started">
        <Time at={step.startedAt} />
      </Fact>
      <Fact name={step.finished ? 'finished' : 'last saved'}>
        <Time at={step.savedAt} />
      </Fact>
      {step.spentMs !== null && <Fact name="spent in it">{duration(step.spentMs)}</Fact>}
      {step.attempt !== null && (
        <Fact name={step.finished ? 'finished by attempt' : 'attempt'}>{step.attempt}</Fact>
      )}
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function StepActs({ data, step, intend }: { data: JobData; step: Step; intend: Intend }) {
  const session = useSession()
  const offered = (verb: 'rewind' | 'skip') =>
    session?.verbs.includes(verb) ? data.verbs.find((offer) => offer.verb === verb) : undefined
  const rewind = offered('rewind')
  const skip = step.finished ? undefined : offered('skip')
  // A paused job stays paused, unless the reader says that it is to run.
  const run = data.job.state !== 'pending'
  const refusal = [rewind, skip].find((offer) => offer && !offer.allowed)?.because
  if (!rewind && !skip) {
    return null
  }
  return (
    <div className="step-acts">
      {rewind && step.startedAt !== null && (
        <>
          <Button
            size="xs"
            variant="default"
            disabled={!rewind.allowed}
            onClick={() => intend({ verb: 'rewind', step: step.name, run })}
          >
            Run again from here…
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={!rewind.allowed}
            onClick={() => intend({ verb: 'rewind', step: step.name, atCursor: true, run })}
          >
            Continue at a cursor…
          </Button>
        </>
      )}
      {skip && (
        <Button
          size="xs"
          variant="default"
          disabled={!skip.allowed}
          onClick={() => intend({ verb: 'skip', step: step.name })}
        >
          Skip with a result…
        </Button>
      )}
      {refusal && (
        <span className="dim">
          <DataText value={refusal} limit={200} />
        </span>
      )}
    </div>
  )
}
