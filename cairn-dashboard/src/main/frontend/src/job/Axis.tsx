import type { Ref } from 'react'
import { absolute, clock } from '../lib/format'
import { placeOf, type Span, ticksOf } from './spans'

interface AxisProps {
  axis: Span
  measure: Ref<HTMLDivElement>
  most: number
}

/** The times along the top of the track. */
export function Axis({ axis, measure, most }: AxisProps) {
  return (
    <div className="lane lane-axis" aria-hidden="true">
      <div className="lane-name" />
      <div className="lane-bar" ref={measure}>
        {ticksOf(axis, most).map(({ at, step }) => {
          const place = placeOf(at, axis)
          return (
            <span
              key={at}
              className={`tick-label ${place < 4 ? 'tick-first' : place > 96 ? 'tick-last' : ''}`}
              style={{ left: `${place}%` }}
            >
              {label(at, step)}
            </span>
          )
        })}
      </div>
      <div className="lane-figures" />
    </div>
  )
}

function label(at: number, step: number): string {
  if (step >= 86_400_000) return absolute(at).slice(5, 10)
  return step >= 60_000 ? clock(at).slice(0, 5) : clock(at)
}
