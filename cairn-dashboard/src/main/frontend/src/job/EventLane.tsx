import { Tooltip } from '@mantine/core'
import type { Mark } from '../api'
import { clock, millis, plural } from '../lib/format'
import { plain } from '../lib/text'
import { DataText } from '../ui/DataText'
import { Icon, type IconName } from '../ui/Icon'
import { Time } from '../ui/Time'
import { clusters, inOrder, placeOf, type Span } from './spans'

const iconSize = 20

interface EventLaneProps {
  marks: Mark[]
  axis: Span
  width: number
}

/** What happened to the job as a whole: claims, failures, crashes, interruptions, acts of operators. */
export function EventLane({ marks, axis, width }: EventLaneProps) {
  const distance = width > 0 ? (iconSize / width) * 100 : 3
  return (
    <div className="lane lane-events">
      <div className="lane-name dim">events</div>
      <div className="lane-bar">
        {clusters(marks, axis, distance).map((group) => (
          <Event key={`${group[0]?.at} ${group[0]?.kind}`} group={group} axis={axis} />
        ))}
      </div>
      <div className="lane-figures dim">{plural(marks.length, 'event')}</div>
    </div>
  )
}

const weights = ['crashed', 'failed', 'operation', 'interrupted', 'finalized', 'began', 'claimed']

function Event({ group, axis }: { group: Mark[]; axis: Span }) {
  const kind = weights.find((one) => group.some((mark) => mark.kind === one)) ?? group[0]?.kind
  const text = group.slice(0, 8).map(sentence).join('\n')
  return (
    <Tooltip label={text} multiline className="mark-tip">
      <button
        type="button"
        className={`mark mark-${kind}`}
        style={{ left: `${placeOf(millis(group[0]?.at), axis)}%` }}
        aria-label={group.length > 1 ? `${group.length} events: ${text}` : text}
      >
        <Icon name={iconOf(kind)} size={13} />
        {group.length > 1 && <span className="mark-count">{group.length}</span>}
      </button>
    </Tooltip>
  )
}

const icons = new Set([
  'created',
  'due',
  'claimed',
  'failed',
  'interrupted',
  'crashed',
  'operation',
])

export function iconOf(kind: string | undefined): IconName {
  if (kind === 'began') return 'claimed'
  return kind && icons.has(kind) ? (kind as IconName) : 'finalized'
}

/** Whether the text does not say already who it was. */
function saysBy({ by, text }: Mark): boolean {
  return by !== null && !text.includes(by)
}

function sentence(mark: Mark): string {
  return `${clock(millis(mark.at))}  ${plain(mark.text, 200)}${saysBy(mark) ? `, by ${plain(mark.by ?? '', 60)}` : ''}`
}

/** The same as a list, for those who rather read. */
export function EventList({ marks }: { marks: Mark[] }) {
  if (marks.length === 0) {
    return null
  }
  return (
    <details className="fold">
      <summary>{plural(marks.length, 'event')} in words</summary>
      <ol className="event-list">
        {inOrder(marks)
          .reverse()
          .map((mark) => (
            <li key={`${mark.at} ${mark.kind} ${mark.text.slice(0, 40)}`}>
              <span className={`mark-word mark-${mark.kind}`}>
                <Icon name={iconOf(mark.kind)} size={12} />
              </span>
              <span className="event-time">
                <Time at={mark.at} />
              </span>
              <span>
                <DataText value={mark.text} limit={300} />
                {saysBy(mark) && mark.by && (
                  <span className="dim">
                    {' '}
                    by <DataText value={mark.by} limit={60} still />
                  </span>
                )}
                {mark.attempt !== null && <span className="dim"> (attempt {mark.attempt})</span>}
              </span>
            </li>
          ))}
      </ol>
    </details>
  )
}
