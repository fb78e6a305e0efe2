import type { CountsData } from '../api'
import { type Filters, states, toggled } from '../lib/filters'
import { count } from '../lib/format'
import { StateBadge } from '../ui/StateBadge'

interface StateFilterProps {
  filters: Filters
  counts: CountsData | null
  change: (filters: Filters) => void
}

/** The states with their counts, to switch on and off. */
export function StateFilter({ filters, counts, change }: StateFilterProps) {
  const of = new Map(counts?.states.map((one) => [one.state, one.count]))
  return (
    <fieldset className="states">
      <legend className="unseen">States to show; all if none is pressed</legend>
      {states.map((state) => (
        <button
          key={state}
          type="button"
          aria-pressed={filters.state.includes(state)}
          onClick={() => change(toggled(filters, 'state', state))}
        >
          <StateBadge state={state} />
          {counts && <span className="num">{count(of.get(state))}</span>}
        </button>
      ))}
    </fieldset>
  )
}
