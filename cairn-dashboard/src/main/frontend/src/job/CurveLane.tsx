import { useMemo } from 'react'
import type uPlot from 'uplot'
import type { CurvePoint, Step } from '../api'
import { duration, millis, number } from '../lib/format'
import { Chart } from '../ui/Chart'
import { Icon } from '../ui/Icon'
import type { Span } from './spans'

interface CurveLaneProps {
  step: Step
  curve: CurvePoint[]
  axis: Span
  now: number
  open: boolean
}

const flatFrom = 30_000

/** The position of a step over time, below its lane and on the same axis. A stall is a flat line. */
export function CurveLane({ step, curve, axis, now, open }: CurveLaneProps) {
  const points = useMemo(
    () => curve.filter((point) => point.step === step.name && point.done !== null),
    [curve, step.name],
  )
  const first = points[0]
  const last = points.at(-1)
  if (!first || !last || points.length < 2 || (step.finished && !open)) {
    return null
  }
  const end = step.finished ? millis(last.at) : now
  const moved = points.findLast((point) => point.done !== last.done)
  const flat = end - millis((moved && points[points.indexOf(moved) + 1]?.at) ?? first.at)
  const stalled = step.running && flat > flatFrom
  return (
    <div className="lane lane-curve">
      <div className="lane-name dim">
        position
        <span className="curve-range">
          {number(first.done ?? '')} to {number(last.done ?? '')}
        </span>
      </div>
      <div className="lane-bar">
        <Plot
          points={points}
          axis={axis}
          end={end}
          stalled={stalled}
          name={step.name}
          flat={flat}
        />
      </div>
      <div className="lane-figures">
        {stalled && (
          <span className="flag flag-act">
            <Icon name="waiting" /> flat for {duration(flat)}
          </span>
        )}
      </div>
    </div>
  )
}

interface PlotProps {
  points: CurvePoint[]
  axis: Span
  end: number
  stalled: boolean
  name: string
  flat: number
}

function Plot({ points, axis, end, stalled, name, flat }: PlotProps) {
  const times = [...points.map((point) => millis(point.at) / 1000), end / 1000]
  const places = [...points.map((point) => Number(point.done)), Number(points.at(-1)?.done)]
  // The two outer points only hold the ends of the axis.
  const data: uPlot.AlignedData = [
    [axis.from / 1000, ...times, axis.to / 1000],
    [null, ...places, null],
  ]
  const label = stalled
    ? `The position of ${name.slice(0, 60)} has not moved for ${duration(flat)}`
    : `The position of ${name.slice(0, 60)} moves`
  return (
    <Chart height={52} data={data} options={stalled ? stalledOptions : options} label={label} />
  )
}

type Color = (name: string) => string

function options(color: Color): Omit<uPlot.Options, 'width' | 'height'> {
  return curveOptions(color('--accent'), color('--accent-soft'))
}

function stalledOptions(color: Color): Omit<uPlot.Options, 'width' | 'height'> {
  return curveOptions(color('--state-retryable'), color('--warn-soft'))
}

function curveOptions(stroke: string, fill: string): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [4, 0, 2, 0],
    scales: {
      x: { range: (_plot, min, max) => [min, max] },
      y: {
        range: (_plot, min, max) => [min - (max - min || 1) * 0.05, max + (max - min || 1) * 0.05],
      },
    },
    axes: [{ show: false }, { show: false }],
    series: [{}, { stroke, fill, width: 1.8, points: { show: false } }],
  }
}
