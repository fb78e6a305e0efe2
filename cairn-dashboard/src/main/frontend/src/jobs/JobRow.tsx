import { memo } from 'react'
import type { JobSummary } from '../api'
import { count, isZero } from '../lib/format'
import { jobPath } from '../lib/router'
import { DataText } from '../ui/DataText'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Meter } from '../ui/Meter'
import { StateBadge } from '../ui/StateBadge'
import { Since, Time } from '../ui/Time'

interface JobRowProps {
  job: JobSummary
  gone: boolean
  ticked: boolean
  tick: (id: string) => void
}

export const JobRow = memo(function JobRow({ job, gone, ticked, tick }: JobRowProps) {
  return (
    <tr className={gone ? 'gone' : undefined}>
      <td className="tick">
        <input
          type="checkbox"
          aria-label={`Tick job ${job.id}`}
          checked={ticked}
          onChange={() => tick(job.id)}
        />
      </td>
      <th scope="row" className="job-cell">
        <Link to={jobPath(job.id)} data-row={job.id}>
          <b>
            <DataText value={job.kind} limit={60} still />
          </b>{' '}
          <span className="id">{job.id}</span>
        </Link>
        {job.tags.slice(0, 6).map((tag) => (
          <span className="tag" key={tag}>
            <DataText value={tag} limit={30} still />
          </span>
        ))}
        {job.error && (
          <p className="job-error">
            <DataText value={job.error} limit={140} still />
          </p>
        )}
        {gone && <p className="dim">no longer in this list</p>}
      </th>
      <td className="state-cell">
        <StateBadge state={job.state} />
        <span className="dim when">
          <When job={job} />
        </span>
      </td>
      <td className="queue-cell" data-label="queue">
        <DataText value={job.queue} limit={40} still />
        {job.priority !== 1 && <span className="dim"> p{job.priority}</span>}
      </td>
      <td className="step-cell">
        {job.step && (
          <span className="step-name">
            <DataText value={job.step} limit={50} still />
          </span>
        )}
        <Meter label={`Progress of job ${job.id}`} done={job.done} total={job.total} />
        <Flags job={job} />
      </td>
      <td className="client-cell" data-label="client">
        {job.client && <DataText value={job.client} limit={40} still />}
      </td>
    </tr>
  )
})

/** The time that matters in the job's state. */
function When({ job }: { job: JobSummary }) {
  const attempt = job.attempt > 1 && ` · attempt ${job.attempt} of ${job.maxAttempts}`
  switch (job.state) {
    case 'running':
      return (
        <>
          for <Since from={job.attemptedAt ?? job.createdAt} />
          {attempt}
        </>
      )
    case 'available':
      return (
        <>
          waits <Since from={job.scheduledAt} />
          {attempt}
        </>
      )
    case 'scheduled':
    case 'retryable':
      return (
        <>
          due <Time at={job.scheduledAt} />
          {attempt}
        </>
      )
    default:
      return (
        <>
          <Time at={job.finalizedAt ?? job.createdAt} />
          {attempt}
        </>
      )
  }
}

function Flags({ job }: { job: JobSummary }) {
  return (
    <>
      {job.crashes !== null && job.crashes > 0 && (
        <span className="flag" title="how often another client took the job over">
          <Icon name="crashed" /> {job.crashes}
          <span className="unseen"> takeovers</span>
        </span>
      )}
      {!isZero(job.quarantined) && (
        <span className="flag" title="items set aside">
          <Icon name="act" /> {count(job.quarantined)} set aside
        </span>
      )}
    </>
  )
}
