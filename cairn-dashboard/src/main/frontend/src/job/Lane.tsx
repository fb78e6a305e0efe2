import type { Mark, Step } from '../api'
import { duration, millis, number, share } from '../lib/format'
import { brief } from '../lib/json'
import { plain } from '../lib/text'
import { DataText } from '../ui/DataText'
import { Icon, type IconName } from '../ui/Icon'
import { Meter } from '../ui/Meter'
import { CurvePlot } from './CurvePlot'
import type { Curve } from './curve'
import { isOn, type Look, lookOf, placeOf, type Span, spanOf, workedIn } from './spans'

interface LaneProps {
  step: Step
  curve: Curve | null
  axis: Span
  spells: Span[]
  marks: Mark[]
  now: number
  open: boolean
  toggle: () => void
}

const icons: Record<Look, IconName> = {
  finished: 'completed',
  running: 'running',
  waiting: 'waiting',
  skipped: 'skipped',
  stopped: 'pending',
  ahead: 'available',
}

const words: Record<Look, string> = {
  finished: 'finished',
  running: 'running',
  waiting: 'waits',
  skipped: 'skipped',
  stopped: 'unfinished',
  ahead: 'not started',
}

/** One step: its name, its time on the axis, and how far it is. */
export function Lane({ step, curve, axis, spells, marks, now, open, toggle }: LaneProps) {
  const look = lookOf(step)
  return (
    <div className={`lane lane-${look}`}>
      <div className="lane-name">
        <button
          type="button"
          data-row={`step ${step.name}`.slice(0, 200)}
          aria-expanded={open}
          onClick={toggle}
          style={{ paddingInlineStart: `${Math.min(step.depth, 8) * 16}px` }}
        >
          <span className="lane-icon">
            <Icon name={icons[look]} size={13} />
          </span>
          <span className="lane-title">
            <DataText value={step.name} limit={60} still />
          </span>
          <span className="unseen">, {words[look]}</span>
        </button>
        {curve && (
          <p className="curve-range">
            {number(curve.first)} to {number(curve.last)}
          </p>
        )}
      </div>
      <div className="lane-bar">
        <Lines marks={marks} axis={axis} />
        <div className="bars">
          <Bar step={step} look={look} axis={axis} spells={spells} now={now} />
        </div>
        {curve && <CurvePlot name={step.name} curve={curve} axis={axis} />}
      </div>
      <div className="lane-figures">
        <Figures step={step} look={look} />
        {curve?.stalled && (
          <span className="flag flag-act">
            <Icon name="waiting" /> flat for {duration(curve.flat)}
          </span>
        )}
      </div>
    </div>
  )
}

/** Events that are no lines through the lanes. */
const quiet = new Set(['created', 'due', 'began'])

/** Crashes, failures and acts as thin lines through all lanes. */
function Lines({ marks, axis }: { marks: Mark[]; axis: Span }) {
  return marks
    .filter((mark) => !quiet.has(mark.kind) && isOn(millis(mark.at), axis))
    .slice(-60)
    .map((mark) => (
      <i
        key={`${mark.at} ${mark.kind}`}
        className={`line line-${mark.kind}`}
        style={{ left: `${placeOf(millis(mark.at), axis)}%` }}
      />
    ))
}

interface BarProps {
  step: Step
  look: Look
  axis: Span
  spells: Span[]
  now: number
}

function Bar({ step, look, axis, spells, now }: BarProps) {
  const span = spanOf(step, now)
  if (!span || !overlaps(span, axis)) {
    return look === 'skipped' ? <span className="bar bar-skipped" style={at(axis, axis)} /> : null
  }
  const waitsFrom = look === 'waiting' && step.savedAt ? millis(step.savedAt) : null
  const until = waitsFrom ?? span.to
  const worked = workedIn({ from: span.from, to: until }, spells, step.spentMs)
  const part = step.finished ? 1 : share(step.done, step.total)
  return (
    <span title={title(step, span)}>
      <span className={`bar bar-${look}`} style={at(span, axis)} />
      {worked.map((spell) => (
        <span
          key={spell.from}
          className={`spell spell-${look} ${part !== null && part < 1 ? 'spell-part' : ''}`}
          style={at(spell, axis)}
        />
      ))}
      {part !== null && part < 1 && (
        <span
          className="spell-done"
          style={at({ from: span.from, to: span.from + (until - span.from) * part }, axis)}
        />
      )}
      {waitsFrom !== null && (
        <span className="bar bar-wait" style={at({ from: waitsFrom, to: span.to }, axis)} />
      )}
    </span>
  )
}

function overlaps(a: Span, b: Span): boolean {
  return a.from <= b.to && a.to >= b.from
}

function at(span: Span, axis: Span) {
  const left = placeOf(span.from, axis)
  return { left: `${left}%`, width: `max(3px, ${placeOf(span.to, axis) - left}%)` }
}

function title(step: Step, span: Span): string {
  const whole = duration(span.to - span.from)
  return step.spentMs === null
    ? `${whole} from start to end`
    : `${duration(step.spentMs)} spent in it, of ${whole} from start to end`
}

function Figures({ step, look }: { step: Step; look: Look }) {
  if (look === 'skipped') {
    return (
      <span className="dim">
        skipped by <DataText value={step.skippedBy ?? ''} limit={40} still />
      </span>
    )
  }
  if (look === 'waiting') {
    return <Waits step={step} />
  }
  if (look === 'ahead') {
    return <span className="dim">not started</span>
  }
  const unfinished = !step.finished && step.done !== null
  return (
    <>
      {unfinished ? (
        <Meter
          label={`Progress of step ${plain(step.name, 60)}`}
          done={step.done}
          total={step.total}
          rate={step.running ? step.rate : null}
          timeLeftMs={step.running ? step.timeLeftMs : null}
        />
      ) : (
        <span>
          {step.spentMs !== null && duration(step.spentMs)}
          {step.done !== null && <span className="dim"> · {number(step.done)}</span>}
          {!step.finished && <span className="dim"> · {words[look]}</span>}
        </span>
      )}
      {!step.finished && step.cursor !== null && (
        <span className="cursor">
          at <DataText value={brief(step.cursor, 60)} limit={61} still />
        </span>
      )}
    </>
  )
}

function Waits({ step }: { step: Step }) {
  return (
    <span className="lane-waits">
      waits for{' '}
      {step.waits.map((wait, i) => (
        <span key={`${wait.signal} ${wait.job}`}>
          {i > 0 && ', '}
          {wait.signal !== null ? 'signal ' : wait.job !== null ? 'job ' : 'its time'}
          <b>
            <DataText value={wait.signal ?? wait.job ?? ''} limit={50} still />
          </b>
        </span>
      ))}
    </span>
  )
}
