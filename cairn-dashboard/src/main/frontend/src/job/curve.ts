import type { CurvePoint, Step } from '../api'
import { millis } from '../lib/format'

/** The position of a step over time. */
export interface Curve {
  points: CurvePoint[]
  first: string
  last: string
  /** Until when it is drawn, in milliseconds: now, for a step that runs. */
  end: number
  /** How long the position has not moved, in milliseconds. */
  flat: number
  stalled: boolean
}

const stall = 30_000

export function curveOf(step: Step, all: CurvePoint[], now: number): Curve | null {
  const points = all.filter((point) => point.step === step.name && point.done !== null)
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last || points.length < 2) return null
  const end = step.running ? now : millis(last.at)
  const lastOther = points.findLastIndex((point) => point.done !== last.done)
  const flat = end - millis((points[lastOther + 1] ?? first).at)
  return {
    points,
    first: first.done ?? '',
    last: last.done ?? '',
    end,
    flat,
    stalled: step.running && flat > stall,
  }
}
