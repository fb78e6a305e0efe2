import type { State } from '../api'

/** The jobs that are ticked, each with the state in which it was ticked. */
export type Ticked = ReadonlyMap<string, State>

export const noTicks: Ticked = new Map()

/**
 * The states in which ticked jobs may be changed; empty for any. Those that are cancelled may have begun to run since
 * they were ticked. Completed jobs would run again from zero, so they are not retried along with others.
 */
export function statesOf(verb: string, ticked: Ticked): State[] {
  if (verb === 'cancel') {
    return []
  }
  if (verb === 'interrupt') {
    return ['running']
  }
  const seen = [...new Set(ticked.values())]
  const others = seen.filter((state) => state !== 'completed')
  return verb === 'retry' && others.length > 0 ? others : seen
}
