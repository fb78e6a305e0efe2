import { Button, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { ActResult, InsertField } from '../api'
import { useAlive } from '../lib/alive'
import { act, asTrouble, type Trouble } from '../lib/http'
import { go, jobPath } from '../lib/router'
import { say } from '../lib/said'
import { DataText } from '../ui/DataText'
import { Section } from '../ui/Section'
import { Arguments, type Template } from './Arguments'
import { type Draft, problems, requestOf } from './draft'
import { Kind } from './Kind'
import { Options } from './Options'

/** What the parts of the form need: what stands there, how to change it, and what is wrong with a field. */
export interface FormPart {
  draft: Draft
  change: (part: Partial<Draft>) => void
  wrong: (field: InsertField) => ReactNode
}

interface InsertFormProps {
  initial: Draft
  template: Template | null
}

const fields: string[] = [
  'kind',
  'args',
  'copyOf',
  'queue',
  'priority',
  'maxAttempts',
  'scheduledAt',
  'tags',
  'unique',
  'reason',
]

/** The form for a new job. What is wrong stands at its field, whether the page or the server says so. */
export function InsertForm({ initial, template }: InsertFormProps) {
  const [draft, setDraft] = useState(initial)
  const [reason, setReason] = useState('')
  const [refused, setRefused] = useState<Trouble | null>(null)
  const [busy, setBusy] = useState(false)
  const alive = useAlive()
  const found = problems(draft)
  const change = (part: Partial<Draft>) => {
    setDraft((old) => ({ ...old, ...part }))
    setRefused(null)
  }
  const wrong = (field: InsertField): ReactNode => {
    if (refused?.field === field) return <DataText value={refused.message} limit={600} />
    // An empty form is not wrong yet.
    return field === 'kind' ? null : (found[field] ?? null)
  }
  const send = async () => {
    setBusy(true)
    try {
      const { job, text } = await act<ActResult>('api/jobs', requestOf(draft, reason.trim()))
      say(text)
      // Whoever has left the form looks at something else by now.
      if (alive.current) go(job ? jobPath(job.id) : 'jobs')
    } catch (e) {
      const why = asTrouble(e)
      if (!alive.current) say(`Insert a job: ${why.message}`, true)
      setRefused(why)
      setBusy(false)
    }
  }
  const part: FormPart = { draft, change, wrong }
  const general = refused !== null && !fields.includes(refused.field ?? '')
  return (
    <Section title="Insert a job" className="insert">
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <p className="consequence">
          Nobody checks that the arguments fit the worker: if they do not, the first attempt fails.
          What the job's class says about insertions, such as its queue or a rule that makes it
          unique, is not known here.
        </p>
        <Kind {...part} template={template} />
        <Arguments {...part} template={template} />
        <Options {...part} />
        <Textarea
          label="Reason"
          description="Recorded with your name"
          required
          rows={2}
          value={reason}
          error={wrong('reason')}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {general && (
          <p className="bad" role="alert">
            <DataText value={refused.message} />
          </p>
        )}
        <div className="act-buttons">
          <Button variant="default" onClick={() => go('jobs')}>
            Leave it
          </Button>
          <Button
            type="submit"
            loading={busy}
            disabled={reason.trim() === '' || Object.keys(found).length > 0}
          >
            Insert
          </Button>
        </div>
      </form>
    </Section>
  )
}
