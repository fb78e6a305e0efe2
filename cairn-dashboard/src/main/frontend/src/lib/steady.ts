import { type FocusEvent, useState } from 'react'

/** Rows that stand still: what is shown, what left the list meanwhile, and how many wait to be shown. */
export interface Steady<T> {
  rows: T[]
  gone: Set<string>
  fresh: number
}

/** Brings new data into rows that the reader is looking at: each stays in its place, no new one comes between. */
export function settled<T>(shown: T[], newest: T[], keyOf: (row: T) => string): Steady<T> {
  const byKey = new Map(newest.map((row) => [keyOf(row), row]))
  const kept = new Set(shown.map(keyOf))
  const gone = new Set([...kept].filter((key) => !byKey.has(key)))
  const rows = shown.map((row) => byKey.get(keyOf(row)) ?? row)
  return { rows, gone, fresh: newest.filter((row) => !kept.has(keyOf(row))).length }
}

/** Rows that are shown, and what belongs to just them, such as where the next page begins. */
export interface Base<T, B> {
  list: string
  rows: T[]
  behind: B
}

export interface SteadyRows<T, B = unknown> extends Steady<T> {
  behind: B
  /** Shows the newest rows in their own order. */
  show: () => void
  /** To be spread on the element around the rows. */
  guard: {
    onPointerEnter: () => void
    onPointerLeave: () => void
    onFocus: () => void
    onBlur: (event: FocusEvent) => void
  }
}

/** What is shown: the newest rows, or those that were shown before, if they are to stand still. */
export function steadied<T, B>(
  base: Base<T, B>,
  newest: Base<T, B>,
  keyOf: (row: T) => string,
  hold: boolean,
): Steady<T> & { behind: B; held: boolean } {
  if (hold && base.list === newest.list && base.rows.length > 0) {
    return { ...settled(base.rows, newest.rows, keyOf), behind: base.behind, held: true }
  }
  return { rows: newest.rows, gone: new Set(), fresh: 0, behind: newest.behind, held: false }
}

/**
 * Holds rows still while the pointer or the focus is on them, or the reader has scrolled down. `list` names the list:
 * another list starts anew. `behind` is what belongs to the newest rows, and is held with them.
 */
export function useSteady<T, B = undefined>(
  newest: T[],
  keyOf: (row: T) => string,
  list: string,
  behind: B = undefined as B,
): SteadyRows<T, B> {
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)
  const now: Base<T, B> = { list, rows: newest, behind }
  const [base, setBase] = useState(now)
  const { held, ...steady } = steadied(base, now, keyOf, pointer || focus || window.scrollY > 120)
  // Rows that were shown freely are what the next hold starts from.
  if (!held && base.rows !== newest) {
    setBase(now)
  }
  return {
    ...steady,
    show: () => setBase(now),
    guard: {
      onPointerEnter: () => setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocus: () => setFocus(true),
      // From one row to the next, the focus stays in the list.
      onBlur: (event) => setFocus(event.currentTarget.contains(event.relatedTarget)),
    },
  }
}
