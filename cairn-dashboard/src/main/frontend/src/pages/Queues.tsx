import { Button } from '@mantine/core'
import { useState } from 'react'
import type { QueueDetail, QueuePause, QueuesData } from '../api'
import { count, duration, isZero, rate } from '../lib/format'
import { useLive } from '../lib/live'
import { jobsPath } from '../lib/router'
import { useSteady } from '../lib/steady'
import { QueueDialog } from '../queues/QueueDialog'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Empty, Section } from '../ui/Section'
import { useMay } from '../ui/session'
import { Time } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

const none: QueueDetail[] = []
const keyOf = (queue: QueueDetail) => queue.name
const columns = ['available', 'running', 'retryable', 'scheduled', 'discarded'] as const

/** The queues: how much waits in each and how long, and the switch to pause it. */
export function Queues() {
  const { data, trouble } = useLive<QueuesData>('api/queues')
  const steady = useSteady(data?.queues ?? none, keyOf, data ? 'queues' : 'not yet')
  const [acting, setActing] = useState<QueueDetail | null>(null)
  if (!data) {
    return (
      <>
        <h1 className="unseen">Queues</h1>
        <Waiting trouble={trouble} />
      </>
    )
  }
  return (
    <>
      <h1 className="unseen">Queues</h1>
      <Section title="Queues" aside={<Fresh fresh={steady.fresh} show={steady.show} />}>
        {steady.rows.length === 0 ? (
          <Empty>
            No client has worked a queue yet. A queue appears when a client starts to work it.
          </Empty>
        ) : (
          <table className="table queues" {...steady.guard}>
            <thead>
              <tr>
                <th scope="col">queue</th>
                {columns.map((state) => (
                  <th scope="col" className="num" key={state}>
                    {state}
                  </th>
                ))}
                <th scope="col" className="num">
                  oldest waits
                </th>
                <th scope="col" className="num" title="In the last ten seconds">
                  completes
                </th>
                <th scope="col">
                  <span className="unseen">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {steady.rows.map((queue) => (
                <Row
                  key={queue.name}
                  queue={queue}
                  act={setActing}
                  gone={steady.gone.has(queue.name)}
                />
              ))}
            </tbody>
          </table>
        )}
        {data.more && (
          <p className="dim">
            {data.queues.some((queue) => queue.known !== false && !queue.paused)
              ? 'There are more queues, none of them paused: they are not listed.'
              : 'There are more queues, and some of them may be paused: they are not listed.'}
          </p>
        )}
      </Section>
      {acting && (
        <QueueDialog
          name={acting.name}
          verb={acting.paused ? 'resumeQueue' : 'pauseQueue'}
          pause={pauseOf(acting)}
          close={() => setActing(null)}
        />
      )}
    </>
  )
}

function pauseOf(queue: QueueDetail): QueuePause | null {
  const { pausedAt, pausedBy, pauseReason } = queue
  return pausedAt === null ? null : { at: pausedAt, by: pausedBy, reason: pauseReason }
}

interface RowProps {
  queue: QueueDetail
  gone: boolean
  act: (queue: QueueDetail) => void
}

function Row({ queue, gone, act }: RowProps) {
  const may = useMay(queue.paused ? 'resumeQueue' : 'pauseQueue')
  return (
    <tr className={gone ? 'gone' : undefined}>
      <th scope="row">
        <Link to={jobsPath({ queue: [queue.name] })} data-row={queue.name}>
          <DataText value={queue.name} limit={60} still />
        </Link>
        {queue.paused && (
          <span className="flag flag-act">
            <Icon name="pause" /> paused {queue.pausedAt && <Time at={queue.pausedAt} />}
            {queue.pausedBy && (
              <span>
                by <DataText value={queue.pausedBy} limit={40} still />
              </span>
            )}
          </span>
        )}
        {queue.paused && queue.pauseReason && (
          <p className="pause-reason">
            “<DataText value={queue.pauseReason} limit={200} />”
          </p>
        )}
      </th>
      {columns.map((state) => (
        <td key={state} className="num" data-label={state}>
          {isZero(queue[state]) ? (
            <span className="zero">0</span>
          ) : (
            <Link to={jobsPath({ queue: [queue.name], state: [state] })}>
              {count(queue[state])}
            </Link>
          )}
        </td>
      ))}
      <td className="num" data-label="oldest waits">
        {queue.oldestWaitingMs === null ? (
          <span className="zero">nothing</span>
        ) : (
          duration(queue.oldestWaitingMs)
        )}
      </td>
      <td className={queue.completedASecond ? 'num' : 'num zero'} data-label="completes">
        {queue.completedASecond === null ? 'unknown' : rate(queue.completedASecond)}
      </td>
      <td className="act-cell">
        {may && queue.known !== false && (
          <Button size="xs" variant="default" onClick={() => act(queue)}>
            {queue.paused ? 'Resume…' : 'Pause…'}
          </Button>
        )}
      </td>
    </tr>
  )
}
