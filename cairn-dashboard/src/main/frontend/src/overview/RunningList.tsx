import type { RunningJob } from '../api'
import { duration } from '../lib/format'
import { jobPath, jobsPath } from '../lib/router'
import { useSteady } from '../lib/steady'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Meter } from '../ui/Meter'
import { Empty, Section } from '../ui/Section'

const keyOf = (job: RunningJob) => job.id
/** A job that saved nothing for so long is said to stand still. */
const stall = 60_000

/** The resumable jobs that run now. */
export function RunningList({ running }: { running: RunningJob[] }) {
  const { rows, gone, fresh, show, guard } = useSteady(running, keyOf, 'running')
  return (
    <Section
      title="Running with checkpoints"
      className="running"
      aside={
        <>
          <Fresh fresh={fresh} show={show} />
          <Link to={jobsPath({ sort: 'stalled' })}>all, stalled longest first</Link>
        </>
      }
    >
      {rows.length === 0 ? (
        <Empty>No job with checkpoints is running.</Empty>
      ) : (
        <ul className="running-list" {...guard}>
          {rows.map((job) => (
            <li key={job.id} className={gone.has(job.id) ? 'gone' : undefined}>
              <RunningRow job={job} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function RunningRow({ job }: { job: RunningJob }) {
  const stalled = job.stalledMs !== null && job.stalledMs > stall
  return (
    <Link to={jobPath(job.id)} data-row={job.id} className="running-row">
      <span className="running-kind">
        <b>
          <DataText value={job.kind} limit={60} still />
        </b>{' '}
        <span className="id">{job.id}</span>
      </span>
      <span className="running-step">
        {job.step && <DataText value={job.step} limit={60} still />}
      </span>
      <span className="running-meter">
        <Meter
          label={`Progress of job ${job.id}`}
          done={job.done}
          total={job.total}
          rate={job.rate}
          timeLeftMs={job.timeLeftMs}
        />
      </span>
      <span className="running-flags">
        {stalled && job.stalledMs !== null && (
          <span className="flag flag-act">
            <Icon name="waiting" /> no progress for {duration(job.stalledMs)}
          </span>
        )}
        {job.crashes > 0 && (
          <span className="flag">
            <Icon name="crashed" /> taken over {job.crashes === 1 ? 'once' : `${job.crashes} times`}
          </span>
        )}
        {job.client && (
          <span className="dim">
            on <DataText value={job.client} limit={40} still />
          </span>
        )}
      </span>
    </Link>
  )
}
