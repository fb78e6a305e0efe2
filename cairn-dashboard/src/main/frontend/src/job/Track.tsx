import { SegmentedControl } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useMemo } from 'react'
import type { JobData } from '../api'
import { useNow } from '../lib/clock'
import { number } from '../lib/format'
import { useParam } from '../lib/router'
import type { Intend } from '../pages/JobPage'
import { Empty, Section } from '../ui/Section'
import { Axis } from './Axis'
import { curveOf } from './curve'
import { EventLane, EventList } from './EventLane'
import { Lane } from './Lane'
import { StepDetail } from './StepDetail'
import { axisOf, inAddress, spellsOf, type Zoom } from './spans'

const zooms: { value: Zoom; label: string }[] = [
  { value: 'all', label: 'all' },
  { value: 'attempt', label: 'this attempt' },
  { value: '10min', label: '10 min' },
]

/** Every step as a lane on one axis of time, with what happened to the job above. */
export function Track({ data, intend }: { data: JobData; intend: Intend }) {
  const clock = useNow()
  const [param, setParam] = useParam('track')
  const [open, setOpen] = useParam('step')
  const { ref, width } = useElementSize()
  const { job, steps, marks, curve } = data
  const zoom = zooms.find(({ value }) => value === param)?.value ?? 'all'
  const now = Math.max(clock, Date.parse(data.now))
  const axis = axisOf(data, zoom, now)
  const spells = useMemo(() => spellsOf(marks, job.state === 'running', now), [marks, job, now])

  return (
    <Section
      title="Track"
      className="track-panel"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Stretch of time"
          value={zoom}
          data={zooms}
          onChange={(value) => setParam(value === 'all' ? null : value)}
        />
      }
    >
      <div className="track">
        <Axis axis={axis} measure={ref} most={width > 0 && width < 420 ? 3 : 7} />
        <EventLane marks={marks} axis={axis} width={width} />
        {steps.map((step) => {
          // Steps get other places when others begin, or the job is rewound.
          const key = inAddress(step.name)
          return (
            <div key={step.name} className="track-step">
              <Lane
                step={step}
                curve={step.finished && open !== key ? null : curveOf(step, curve, now)}
                axis={axis}
                spells={spells}
                marks={marks}
                now={now}
                open={open === key}
                toggle={() => setOpen(open === key ? null : key)}
              />
              {open === key && <StepDetail data={data} step={step} intend={intend} />}
            </div>
          )
        })}
      </div>
      {steps.length < data.stepsInAll && (
        <p className="dim note">
          The job has {number(data.stepsInAll)} steps. Those that are unfinished, and the last ones,
          are shown.
        </p>
      )}
      {steps.length === 0 && <NoSteps data={data} />}
      <EventList marks={marks} />
    </Section>
  )
}

function NoSteps({ data: { job } }: { data: JobData }) {
  if (job.state === 'completed') {
    return (
      <Empty>The job is completed. Its checkpoints, and with them its steps, are deleted.</Empty>
    )
  }
  return job.attempt === 0 ? (
    <Empty>No client has claimed the job yet. Its steps appear with the first checkpoint.</Empty>
  ) : (
    <Empty>The job has no checkpoints. If it stops, it runs again from its beginning.</Empty>
  )
}
