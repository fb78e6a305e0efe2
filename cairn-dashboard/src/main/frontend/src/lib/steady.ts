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

export interface SteadyRows<T> extends Steady<T> {
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

/**
 * Holds rows still while the pointer or the focus is on them, or the reader has scrolled down. `list` names the list:
 * another list starts anew.
 */
export function useSteady<T>(newest: T[], keyOf: (row: T) => string, list: string): SteadyRows<T> {
  const [pointer, setPointer] = useState(false)
  const [focus, setFocus] = useState(false)
  const [base, setBase] = useState<{ list: string; rows: T[] }>({ list, rows: newest })
  const hold = pointer || focus || window.scrollY > 120
  const start = base.list !== list || base.rows.length === 0
  const steady =
    hold && !start
      ? settled(base.rows, newest, keyOf)
      : { rows: newest, gone: new Set<string>(), fresh: 0 }
  // Rows that were shown freely are what the next hold starts from.
  if ((!hold || start) && base.rows !== newest) {
    setBase({ list, rows: newest })
  }
  return {
    ...steady,
    show: () => setBase({ list, rows: newest }),
    guard: {
      onPointerEnter: () => setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocus: () => setFocus(true),
      // From one row to the next, the focus stays in the list.
      onBlur: (event) => setFocus(event.currentTarget.contains(event.relatedTarget)),
    },
  }
}
