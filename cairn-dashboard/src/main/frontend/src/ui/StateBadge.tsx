import type { State } from '../api'
import { states } from '../lib/filters'
import { DataText } from './DataText'
import { Icon } from './Icon'

/** A state as colour, shape and word. */
export function StateBadge({ state }: { state: State }) {
  return states.includes(state) ? (
    <span className={`state state-${state}`}>
      <Icon name={state} />
      {state}
    </span>
  ) : (
    <DataText value={state} still />
  )
}
