import { useEffect, useState } from 'react'
import type { JobData, Verb } from '../api'
import { ActDialog } from '../job/ActDialog'
import { Acts } from '../job/Acts'
import { Contents } from '../job/Contents'
import { Errors } from '../job/Errors'
import { Facts } from '../job/Facts'
import { Head } from '../job/Head'
import { Log } from '../job/Log'
import { Operations } from '../job/Operations'
import { Quarantined } from '../job/Quarantined'
import { Track } from '../job/Track'
import { useKeys } from '../lib/keys'
import { useLive } from '../lib/live'
import { go, jobPath, useParam } from '../lib/router'
import { plain } from '../lib/text'
import { QueueDialog } from '../queues/QueueDialog'
import { useMay } from '../ui/session'
import { Waiting } from '../ui/Waiting'

/** An act that the reader is about to do. */
export interface Intent {
  verb: Verb
  step?: string
  /** Whether the step is to continue at a cursor, not at its beginning. */
  atCursor?: boolean
  /** Whether the job is to run at once after a rewind. */
  run?: boolean
}

export type Intend = (intent: Intent) => void

const redrive: Intent = { verb: 'redrive' }

/** One job: where it is, whether it moves, why it waits, what happened, and what one can do. */
export function JobPage({ id }: { id: string }) {
  const { data: known, trouble } = useLive<JobData>(`api/${jobPath(id)}`)
  const gone = trouble?.code === 'not_found'
  // Nothing can be done to a job that was deleted while it was looked at.
  const data = known && gone ? { ...known, next: null, verbs: [] } : known
  const [asked, setAsked] = useParam('act')
  const [intended, setIntent] = useState<Intent | null>(null)
  const mayRedrive = useMay('redrive')
  // The list of items that are set aside leads to this act, which asks for its reason here.
  const intent = intended ?? (asked === 'redrive' && mayRedrive ? redrive : null)
  const close = () => {
    setIntent(null)
    if (asked !== null) setAsked(null)
  }
  const kind = data?.job.kind
  useEffect(() => {
    document.title = kind ? `${plain(kind, 60)} ${id} · Cairn` : `Job ${id} · Cairn`
  }, [kind, id])
  useKeys({
    u: () => go('jobs'),
    a: () => document.querySelector<HTMLElement>('.acts button:not(:disabled)')?.focus(),
  })
  if (!data) {
    return (
      <>
        <h1 className="unseen">Job {id}</h1>
        <Waiting trouble={trouble} />
      </>
    )
  }
  return (
    <>
      <Head data={data} intend={setIntent} gone={gone} />
      <Track data={data} intend={setIntent} />
      <div className="job-columns">
        <div className="job-main">
          <Errors errors={data.job.errors} inAll={data.job.errorsInAll} />
          <Quarantined quarantined={data.quarantined} />
          <Log id={id} running={data.job.state === 'running'} />
          <Contents job={data.job} />
        </div>
        <div className="job-side">
          {!gone && <Acts id={id} offers={data.verbs} intend={setIntent} />}
          <Operations operations={data.operations} />
          <Facts job={data.job} />
        </div>
      </div>
      {intent && <Dialog data={data} intent={intent} close={close} />}
    </>
  )
}

/** An act on the queue of the job has a dialog of its own. */
function Dialog({ data, intent, close }: { data: JobData; intent: Intent; close: () => void }) {
  if (intent.verb === 'pauseQueue' || intent.verb === 'resumeQueue') {
    const { job, queuePause } = data
    return <QueueDialog name={job.queue} verb={intent.verb} pause={queuePause} close={close} />
  }
  return <ActDialog data={data} intent={intent} close={close} />
}
