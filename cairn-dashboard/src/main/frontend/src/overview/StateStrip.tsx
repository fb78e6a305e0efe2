import type { StateCount } from '../api'
import { states as order } from '../lib/filters'
import { count, isZero } from '../lib/format'
import { jobsPath } from '../lib/router'
import { Link } from '../ui/Link'
import { StateBadge } from '../ui/StateBadge'

/** How many jobs are in each state, as links to them. */
export function StateStrip({ states }: { states: StateCount[] }) {
  const of = new Map(states.map((one) => [one.state, one.count]))
  return (
    <section className="strip" aria-label="Jobs by state">
      {order.map((state) => (
        <Link key={state} to={jobsPath({ state: [state] })} className="strip-cell">
          <b className={isZero(of.get(state)) ? 'strip-count zero' : 'strip-count'}>
            {count(of.get(state))}
          </b>
          <StateBadge state={state} />
        </Link>
      ))}
    </section>
  )
}
