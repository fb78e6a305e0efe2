import { useState } from 'react'
import type { AuditData } from '../api'
import { getJson } from '../lib/http'
import { usePolled } from '../lib/live'
import { DataText } from '../ui/DataText'
import { Empty } from '../ui/Section'
import { Time } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

const shownFirst = 20
const everyMs = 10_000

/** Who did what in this dashboard, and why; asked for only while it is open. The database is not asked. */
export function RecentActions() {
  const [opened, setOpened] = useState(false)
  return (
    <details
      className="panel fold content recent"
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>Recent actions</summary>
      {opened && <Actions />}
    </details>
  )
}

function Actions() {
  const [all, setAll] = useState(false)
  const { data, trouble } = usePolled<AuditData>(
    'audit',
    (signal) => getJson('api/audit', signal),
    everyMs,
  )
  if (!data) {
    return <Waiting trouble={trouble} />
  }
  if (data.acts.length === 0) {
    return <Empty>Nobody has done anything here since the dashboard was started.</Empty>
  }
  const shown = all ? data.acts : data.acts.slice(0, shownFirst)
  return (
    <>
      <table className="table recent-acts">
        <thead>
          <tr>
            <th scope="col">when</th>
            <th scope="col">who</th>
            <th scope="col">what</th>
            <th scope="col">reason</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((act, i) => (
            // The newest come first: from the end, each keeps its number.
            <tr key={data.acts.length - i}>
              <td data-label="when">
                <Time at={act.at} />
              </td>
              <td data-label="who">
                <DataText value={act.user} limit={60} still />
              </td>
              <td data-label="what">
                <b>
                  <DataText value={act.verb} limit={40} still />
                </b>{' '}
                <DataText value={act.target} limit={200} />
              </td>
              <td data-label="reason">
                {act.reason ? (
                  <DataText value={act.reason} limit={200} />
                ) : (
                  <span className="zero">none</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < data.acts.length && (
        <button type="button" className="more" onClick={() => setAll(true)}>
          show all {data.acts.length}
        </button>
      )}
      <p className="dim note">
        Since the dashboard was started, the newest 500. What was done to a job is also on its page.
      </p>
    </>
  )
}
