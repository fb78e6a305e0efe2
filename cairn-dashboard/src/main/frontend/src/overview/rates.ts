import type { Rates } from '../api'
import { rate } from '../lib/format'

/** As many steps: an older rate is not one of now. A measurement may take as long as the pause before it. */
const recent = 3

/** The rate of now; null if nothing was measured lately. */
export function newest(values: (number | null)[]): number | null {
  return values.slice(-recent).findLast((value) => value !== null) ?? null
}

export type Counted = 'inserted' | 'completed' | 'failed' | 'discarded'

/** The rate of now. Of inserted and failed jobs, not always all are looked at. */
export function inWords(rates: Rates, name: Counted): string {
  const value = newest(rates[name])
  if (value === null) return 'unknown'
  const isCut =
    (name === 'inserted' && rates.insertedAtLeast) || (name === 'failed' && rates.failedAtLeast)
  return rate(value) + (isCut ? ' or more' : '')
}
