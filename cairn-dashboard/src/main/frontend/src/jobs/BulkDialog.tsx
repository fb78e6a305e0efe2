import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { BulkPreview, BulkResult } from '../api'
import { count, plural } from '../lib/format'
import { act, postJson, type Trouble } from '../lib/http'
import { onRequest, usePolled } from '../lib/live'
import { say } from '../lib/said'
import { DataText } from '../ui/DataText'
import { ReasonDialog } from '../ui/ReasonDialog'
import { StateBadge } from '../ui/StateBadge'
import type { BulkVerb } from './BulkBar'

const consequences: Record<BulkVerb, string> = {
  retry:
    'Each becomes available at once. A completed job starts from zero. Unless the list is of certain states, only retryable, discarded and cancelled jobs are retried.',
  interrupt:
    'Each that runs stops at its next checkpoint, and is available again at once. No attempt is used up.',
  cancel: 'Each ends as cancelled. A running job stops at its next checkpoint.',
  delete:
    'Each is deleted with its checkpoints. This cannot be undone. Unless the list is of certain states, only jobs that have ended are deleted.',
}

const consequencesOfTicks: Record<BulkVerb, string> = {
  retry:
    'Each that still is in one of the states in which you ticked them becomes available at once. A completed job starts from zero; it is not retried along with others.',
  interrupt:
    'Each that runs stops at its next checkpoint, and is available again at once. No attempt is used up.',
  cancel: 'Each that has not ended ends as cancelled. A running job stops at its next checkpoint.',
  delete:
    'Each that still is in one of the states in which you ticked them is deleted with its checkpoints, also if it waits. This cannot be undone.',
}

interface BulkDialogProps {
  verb: BulkVerb
  target: { ids?: string[]; filter: Record<string, unknown> }
  close: () => void
  done: () => void
}

export function BulkDialog({ verb, target, close, done }: BulkDialogProps) {
  const [most, setMost] = useState('1000')
  const question = { verb, ...target }
  // Counted once: what is shown is what is changed, however long the reader thinks about it.
  const [counted, setCounted] = useState(0)
  const preview = usePolled<BulkPreview>(
    JSON.stringify(question),
    (signal) => postJson('api/jobs/acts/preview', question, signal),
    onRequest,
    counted,
  )
  const limit = /^\d{1,5}$/.test(most) ? Math.min(10_000, Number(most)) : 0

  const ids = preview.data?.ids ?? []

  /** Only the jobs that were counted are changed, and of these only those that still match. */
  const send = async (reason: string) => {
    const body = { ...question, ids, reason, most: limit }
    const { changed, more, stopped } = await act<BulkResult>('api/jobs/acts', body)
    const others = more || preview.data?.count.atLeast
    const again = others ? 'There are more; do it again.' : ''
    const rest = stopped ? `Then it stopped. ${stopped}` : again
    say(`${plural(changed, 'job')}: ${verb}. ${rest}`, stopped !== null)
    done()
  }

  return (
    <ReasonDialog
      title={`${verb} many jobs`}
      word={verb}
      losing={verb === 'cancel' || verb === 'delete'}
      wide
      ready={limit > 0 && ids.length > 0 && preview.trouble === null}
      close={close}
      send={send}
    >
      <p>{(target.ids ? consequencesOfTicks : consequences)[verb]}</p>
      <Preview
        preview={preview.data}
        trouble={preview.trouble}
        again={() => setCounted(counted + 1)}
      />
      <TextInput
        label="At most"
        description="Up to 10,000 at a time"
        inputMode="numeric"
        value={most}
        error={limit === 0 ? 'A number from 1 to 10,000' : null}
        onChange={(event) => setMost(event.currentTarget.value)}
      />
    </ReasonDialog>
  )
}

interface PreviewProps {
  preview: BulkPreview | null
  trouble: Trouble | null
  again: () => void
}

function Preview({ preview, trouble, again }: PreviewProps) {
  if (trouble) {
    return (
      <p className="bad" role="alert">
        <DataText value={trouble.message} />{' '}
        <button type="button" className="more" onClick={again}>
          count again
        </button>
      </p>
    )
  }
  if (!preview) {
    return <p className="dim">Counting…</p>
  }
  return (
    <div className="preview">
      <p>
        <b>{count(preview.count)}</b> {preview.count.n === '1' ? 'job' : 'jobs'} would change, such
        as
      </p>
      <ul>
        {preview.sample.slice(0, 5).map((job) => (
          <li key={job.id}>
            <DataText value={job.kind} limit={60} still /> <span className="id">{job.id}</span>{' '}
            <StateBadge state={job.state} />
          </li>
        ))}
      </ul>
    </div>
  )
}
