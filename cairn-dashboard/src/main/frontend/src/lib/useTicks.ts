import { useState } from 'react'
import type { JobSummary } from '../api'
import { keepSeen, seenAt } from './seen'
import { noTicks, type Ticked } from './ticks'

/**
 * The jobs that are ticked. They belong to the entry of the history in which they were ticked, because in another list
 * they would not be seen. Back there, those are ticked again that its list still shows.
 *
 * @param rows of the list; null while they are not there yet
 */
export function useTicks(
  entry: string,
  rows: JobSummary[] | null,
): [Ticked, (next: Ticked) => void] {
  const [ticks, setTicks] = useState({ entry: '', ticked: noTicks })
  if (ticks.entry !== entry && rows !== null) {
    const shown = new Set(rows.map(({ id }) => id))
    const kept = (seenAt(entry)?.ticks ?? []).filter(([id]) => shown.has(id))
    setTicks({ entry, ticked: new Map(kept) })
  }
  const setTicked = (next: Ticked) => {
    keepSeen(entry, { ticks: [...next] })
    setTicks({ entry, ticked: next })
  }
  return [ticks.entry === entry ? ticks.ticked : noTicks, setTicked]
}
