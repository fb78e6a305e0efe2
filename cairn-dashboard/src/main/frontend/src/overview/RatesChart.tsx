import { useMemo } from 'react'
import type uPlot from 'uplot'
import type { Rates } from '../api'
import { clock, millis } from '../lib/format'
import { Chart } from '../ui/Chart'
import { Empty, Section } from '../ui/Section'
import { inWords } from './rates'

const series = [
  { name: 'inserted', color: '--state-available', dash: [5, 4], width: 1.5 },
  { name: 'completed', color: '--state-completed', dash: [], width: 1.8 },
  { name: 'failed', color: '--state-retryable', dash: [7, 3, 2, 3], width: 1.8 },
  { name: 'discarded', color: '--state-discarded', dash: [2, 2], width: 1.8 },
] as const

/** The seconds that the axis shows at least. */
const shortest = 300

/** Inserted, completed, failed and discarded a second, over the last hour. */
export function RatesChart({ rates }: { rates: Rates }) {
  const data = useMemo(() => aligned(rates), [rates])
  const sampled = series.some(({ name }) => rates[name].some((value) => value !== null))
  const words = series.map(({ name }) => inWords(rates, name))
  return (
    <Section
      title="Jobs a second"
      className="rates"
      aside={
        <ul className="legend">
          {series.map(({ name }, i) => (
            <li key={name} className={`legend-${name}`}>
              <span className="legend-line" aria-hidden="true" />
              {name} <b>{words[i]}</b>
            </li>
          ))}
        </ul>
      }
    >
      {sampled ? (
        <Chart
          height={150}
          data={data}
          options={options}
          label={`Jobs a second over the last hour. Now: ${series
            .map(({ name }, i) => `${name} ${words[i]}`)
            .join(', ')}.`}
        />
      ) : (
        <Empty>
          The server has just started to count. The first figures come in a few seconds.
        </Empty>
      )}
    </Section>
  )
}

function aligned(rates: Rates): uPlot.AlignedData {
  const from = millis(rates.from) / 1000
  const length = Math.max(...series.map(({ name }) => rates[name].length))
  const times = Array.from({ length }, (_, i) => from + (i * rates.stepMs) / 1000)
  return [times, ...series.map(({ name }) => rates[name])] as uPlot.AlignedData
}

function options(color: (name: string) => string): Omit<uPlot.Options, 'width' | 'height'> {
  const axis = {
    stroke: color('--ink-3'),
    grid: { stroke: color('--line-soft'), width: 1 },
    ticks: { show: false },
    font: `11px ${color('--font')}`,
  }
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: {
      // One point alone would have an axis of days.
      x: { range: (_plot, min, max) => [Math.min(min, max - shortest), max] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 76,
        values: (_plot, ticks, _axis, _space, increment) =>
          ticks.map((at) => clock(at * 1000).slice(0, increment < 60 ? 8 : 5)),
      },
      { ...axis, size: 44, values: (_plot, ticks) => ticks.map((value) => String(value)) },
    ],
    series: [
      {},
      ...series.map(({ color: name, dash, width }) => ({
        stroke: color(name),
        width,
        dash: [...dash],
        points: { show: false },
      })),
    ],
  }
}
