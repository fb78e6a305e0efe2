import { useCallback } from 'react'
import type { JobSummary } from '../api'
import { useKeys } from '../lib/keys'
import type { SteadyRows } from '../lib/steady'
import { noTicks, type Ticked } from '../lib/ticks'
import { JobRow } from './JobRow'

interface JobTableProps {
  steady: SteadyRows<JobSummary>
  ticked: Ticked
  setTicked: (ticked: Ticked) => void
}

export function JobTable({ steady, ticked, setTicked }: JobTableProps) {
  const { rows, gone, guard } = steady
  const tick = useCallback(
    (id: string) => {
      const job = rows.find((one) => one.id === id)
      const next = new Map(ticked)
      if (!next.delete(id) && job) next.set(id, job.state)
      setTicked(next)
    },
    [rows, ticked, setTicked],
  )
  useKeys({
    x: () => {
      const id = (document.activeElement as HTMLElement | null)?.dataset.row
      if (id) tick(id)
    },
  })
  const all = rows.length > 0 && rows.every((job) => ticked.has(job.id))
  return (
    <table className="table jobs" {...guard}>
      <thead>
        <tr>
          <th scope="col" className="tick">
            <input
              type="checkbox"
              aria-label="Tick all on this page"
              checked={all}
              onChange={() =>
                setTicked(all ? noTicks : new Map(rows.map((job) => [job.id, job.state])))
              }
            />
          </th>
          <th scope="col">job</th>
          <th scope="col">state</th>
          <th scope="col">queue</th>
          <th scope="col">step</th>
          <th scope="col">client</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((job) => (
          <JobRow
            key={job.id}
            job={job}
            gone={gone.has(job.id)}
            ticked={ticked.has(job.id)}
            tick={tick}
          />
        ))}
      </tbody>
    </table>
  )
}
