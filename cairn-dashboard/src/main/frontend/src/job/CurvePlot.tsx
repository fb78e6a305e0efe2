import type uPlot from 'uplot'
import { duration, millis } from '../lib/format'
import { Chart } from '../ui/Chart'
import type { Curve } from './curve'
import type { Span } from './spans'

/** The position of a step over time, on the axis of the track. A stall is a flat line. */
export function CurvePlot({ name, curve, axis }: { name: string; curve: Curve; axis: Span }) {
  const { points, end, stalled, flat } = curve
  const times = [...points.map((point) => millis(point.at) / 1000), end / 1000]
  const places = [...points.map((point) => Number(point.done)), Number(curve.last)]
  // The two outer points only hold the ends of the axis.
  const data: uPlot.AlignedData = [
    [axis.from / 1000, ...times, axis.to / 1000],
    [null, ...places, null],
  ]
  const label = stalled
    ? `The position of ${name.slice(0, 60)} has not moved for ${duration(flat)}`
    : `The position of ${name.slice(0, 60)} moves`
  return (
    <Chart
      key={stalled ? 'stalled' : 'moving'}
      height={48}
      data={data}
      options={stalled ? stalledOptions : movingOptions}
      label={label}
    />
  )
}

type Options = Omit<uPlot.Options, 'width' | 'height'>

function movingOptions(color: (name: string) => string): Options {
  return options(color('--accent'), color('--accent-soft'))
}

function stalledOptions(color: (name: string) => string): Options {
  return options(color('--state-retryable'), color('--warn-soft'))
}

function options(stroke: string, fill: string): Options {
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [4, 0, 2, 0],
    scales: {
      x: { range: (_plot, min, max) => [min, max] },
      y: { range: (_plot, min, max) => widened(min, max) },
    },
    axes: [{ show: false }, { show: false }],
    series: [{}, { stroke, fill, width: 1.8, points: { show: false } }],
  }
}

function widened(min: number, max: number): [number, number] {
  const room = (max - min || 1) * 0.06
  return [min - room, max + room]
}
