import type { PeriodicData, PeriodicJob, PeriodicRun } from '../api'
import { useLive } from '../lib/live'
import { insertPath, jobPath } from '../lib/router'
import { useSteady } from '../lib/steady'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Empty, Section } from '../ui/Section'
import { StateBadge } from '../ui/StateBadge'
import { useMay } from '../ui/session'
import { Time, useTimeText } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

const none: PeriodicJob[] = []
const keyOf = (periodic: PeriodicJob) => periodic.id

/** The periodic jobs that the database knows: when each is due, and what became of its runs. */
export function Periodic() {
  const { data, trouble } = useLive<PeriodicData>('api/periodic')
  const steady = useSteady(data?.periodic ?? none, keyOf, data ? 'periodic' : 'not yet')
  if (!data) {
    return (
      <>
        <h1 className="unseen">Periodic jobs</h1>
        <Waiting trouble={trouble} />
      </>
    )
  }
  return (
    <>
      <h1 className="unseen">Periodic jobs</h1>
      <Section
        title="Periodic jobs"
        aside={<Fresh fresh={steady.fresh} show={steady.show} />}
        className="periodic-panel"
      >
        {steady.rows.length === 0 ? (
          <Empty>No durable periodic job has been met, and no run is among the newest jobs.</Empty>
        ) : (
          <table className="table periodic" {...steady.guard}>
            <thead>
              <tr>
                <th scope="col">periodic job</th>
                <th scope="col">next run</th>
                <th scope="col">last run</th>
                <th scope="col">runs, newest first</th>
                <th scope="col">
                  <span className="unseen">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {steady.rows.map((periodic) => (
                <Row key={periodic.id} periodic={periodic} gone={steady.gone.has(periodic.id)} />
              ))}
            </tbody>
          </table>
        )}
        <Limits data={data} />
      </Section>
    </>
  )
}

/** What the page cannot show. */
function Limits({ data }: { data: PeriodicData }) {
  return (
    <p className="note">
      {data.leader === null ? (
        'No client leads, so no periodic job is inserted. '
      ) : (
        <>
          They are inserted by the client that leads,{' '}
          <DataText value={data.leader} limit={80} still />.{' '}
        </>
      )}
      {data.more && 'There are more than this page holds. '}
      Schedules are in the programs of the clients, so the database has no expressions. It has the
      next run of durable periodic jobs. Other periodic jobs are listed if one of their runs is
      among the 10,000 newest jobs.
    </p>
  )
}

function Row({ periodic, gone }: { periodic: PeriodicJob; gone: boolean }) {
  const mayInsert = useMay('insert')
  const { last } = periodic
  return (
    <tr className={gone ? 'gone' : undefined}>
      <th scope="row">
        {last ? (
          <Link to={jobPath(last.id)} data-row={periodic.id}>
            <DataText value={periodic.id} limit={128} still />
          </Link>
        ) : (
          <DataText value={periodic.id} limit={128} still />
        )}
        {last && (
          <span className="dim">
            <DataText value={last.kind} limit={60} still />
          </span>
        )}
      </th>
      <td data-label="next run">
        <NextRun periodic={periodic} />
      </td>
      <td data-label="last run">
        <LastRun periodic={periodic} />
      </td>
      <td data-label="runs">
        <Runs runs={periodic.runs} />
      </td>
      <td className="act-cell">
        {mayInsert && last && <Link to={insertPath(last.id)}>Run a copy…</Link>}
      </td>
    </tr>
  )
}

function NextRun({ periodic }: { periodic: PeriodicJob }) {
  if (!periodic.durable) {
    return <span className="dim">not durable: only the leader knows</span>
  }
  if (periodic.nextRunAt === null) {
    return <span className="dim">none, its schedule is over</span>
  }
  return (
    <span>
      <Time at={periodic.nextRunAt} />
      {periodic.late && (
        <>
          <span className="flag flag-act">
            <Icon name="act" /> late
          </span>
          <p className="late-why">
            <DataText value={periodic.late} limit={400} />
          </p>
        </>
      )}
    </span>
  )
}

function LastRun({ periodic }: { periodic: PeriodicJob }) {
  const { last } = periodic
  if (!last) {
    return <span className="dim">none found</span>
  }
  return (
    <span>
      <StateBadge state={last.state} /> <Time at={last.createdAt} />
      {last.error && (
        <p className="late-why">
          <DataText value={last.error} limit={160} still />
        </p>
      )}
    </span>
  )
}

function Runs({ runs }: { runs: PeriodicRun[] }) {
  if (runs.length === 0) {
    return <span className="dim">none among the newest jobs</span>
  }
  return (
    <span className="runs">
      {runs.map((run) => (
        <RunLink key={run.id} run={run} />
      ))}
    </span>
  )
}

function RunLink({ run }: { run: PeriodicRun }) {
  const when = useTimeText(run.createdAt)
  return (
    <Link
      to={jobPath(run.id)}
      className={`run state state-${run.state}`}
      title={`${run.state}, ${when}`}
    >
      <Icon name={run.state} />
      <span className="unseen">
        {run.state}, {when}
      </span>
    </Link>
  )
}
