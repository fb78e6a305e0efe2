import type { JobDetail } from '../api'
import { clientPath } from '../lib/router'
import { DataText } from '../ui/DataText'
import { Link } from '../ui/Link'
import { Section } from '../ui/Section'
import { Time } from '../ui/Time'

/** What stands in the job's row. */
export function Facts({ job }: { job: JobDetail }) {
  return (
    <Section title="Facts">
      <dl className="facts facts-list">
        <div>
          <dt>created</dt>
          <dd>
            <Time at={job.createdAt} />
          </dd>
        </div>
        <div>
          <dt>scheduled</dt>
          <dd>
            <Time at={job.scheduledAt} />
          </dd>
        </div>
        <div>
          <dt>last claimed</dt>
          <dd>
            <Time at={job.attemptedAt} />
          </dd>
        </div>
        {job.finalizedAt && (
          <div>
            <dt>ended</dt>
            <dd>
              <Time at={job.finalizedAt} />
            </dd>
          </div>
        )}
        <div>
          <dt>attempt</dt>
          <dd>
            {job.attempt} of {job.maxAttempts}
          </dd>
        </div>
        <div>
          <dt>priority</dt>
          <dd>{job.priority}</dd>
        </div>
        <div>
          <dt>taken over</dt>
          <dd>{times(job.crashes)}</dd>
        </div>
        <div>
          <dt>interrupted</dt>
          <dd>{times(job.interruptions)}</dd>
        </div>
        <div>
          <dt>snoozed</dt>
          <dd>{times(job.snoozes)}</dd>
        </div>
        <div>
          <dt>clients</dt>
          <dd>
            <Clients ids={job.attemptedBy} />
          </dd>
        </div>
      </dl>
    </Section>
  )
}

function times(n: number | null) {
  if (n === null) return <span className="zero">unknown</span>
  return n === 0 ? <span className="zero">never</span> : n === 1 ? 'once' : `${n} times`
}

/** Who had the job, in order; the same client several times in a row once. */
function Clients({ ids }: { ids: string[] }) {
  const changes = ids.filter((id, i) => id !== ids[i - 1])
  if (changes.length === 0) {
    return <span className="zero">none</span>
  }
  return (
    <ol className="client-chain">
      {changes.slice(-8).map((id, i) => (
        <li key={`${i} ${id}`}>
          <Link to={clientPath(id)}>
            <DataText value={id} limit={60} still />
          </Link>
        </li>
      ))}
    </ol>
  )
}
