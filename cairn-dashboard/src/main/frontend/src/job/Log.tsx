import { Checkbox } from '@mantine/core'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { LogData } from '../api'
import { bytes, number } from '../lib/format'
import { getJson } from '../lib/http'
import { usePolled } from '../lib/live'
import { jobPath, useParam } from '../lib/router'
import { DataText } from '../ui/DataText'
import { Empty, Section } from '../ui/Section'
import { Waiting } from '../ui/Waiting'
import { entries, fromLevel, levels } from './log'

const pageful = 500
const rarely = 3_600_000

/** The log lines that are kept with the job, of one attempt at a time. */
export function Log({ id, running }: { id: string; running: boolean }) {
  const [attempt, setAttempt] = useParam('attempt')
  const [least, setLeast] = useParam('level')
  const [follow, setFollow] = useState(false)
  const query = attempt && /^\d+$/.test(attempt) ? `?attempt=${attempt}` : ''
  const path = `api/${jobPath(id)}/log${query}`
  const { data, trouble } = usePolled<LogData>(
    `${path} ${running}`,
    (signal) => getJson(path, signal),
    follow ? 2000 : rarely,
  )
  const level = levels.find((one) => one === least) ?? 'TRACE'
  const all = useMemo(() => entries(data?.text ?? ''), [data])
  const shown = useMemo(() => fromLevel(all, level), [all, level])
  if (data && data.attempts.length === 0) {
    return (
      <Section title="Log">
        <Empty>
          No log lines are kept with this job.{' '}
          {running
            ? 'They are written when the attempt ends.'
            : 'Add JobLog to the client to keep them.'}
        </Empty>
      </Section>
    )
  }
  return (
    <Section
      title="Log"
      aside={
        <>
          <label>
            <span className="unseen">Attempt</span>
            <select
              value={String(data?.attempt ?? attempt ?? '')}
              onChange={(event) => setAttempt(event.currentTarget.value)}
            >
              {data?.attempts.map((one) => (
                <option key={one.attempt} value={one.attempt}>
                  attempt {one.attempt}, {bytes(one.bytes)}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span className="unseen">Least level</span>
            <select
              value={level}
              onChange={(event) =>
                setLeast(event.currentTarget.value === 'TRACE' ? null : event.currentTarget.value)
              }
            >
              {levels.map((one) => (
                <option key={one} value={one}>
                  {one === 'TRACE' ? 'all levels' : `${one} and worse`}
                </option>
              ))}
            </select>
          </label>
          <Checkbox
            size="xs"
            label="follow"
            checked={follow}
            onChange={(event) => setFollow(event.currentTarget.checked)}
          />
        </>
      }
    >
      {data ? (
        <Lines shown={shown} hidden={all.length - shown.length} data={data} follow={follow} />
      ) : (
        <Waiting trouble={trouble} />
      )}
    </Section>
  )
}

interface LinesProps {
  shown: ReturnType<typeof entries>
  hidden: number
  data: LogData
  follow: boolean
}

function Lines({ shown, hidden, data, follow }: LinesProps) {
  const [limit, setLimit] = useState(pageful)
  const box = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what it follows
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, shown])
  const first = Math.max(0, shown.length - limit)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get there */}
      <div className="log" ref={box} tabIndex={0} role="log" aria-label="Log lines">
        {data.truncated && <p className="dim">Only the last 256 kB are shown.</p>}
        {first > 0 && (
          <button type="button" className="more" onClick={() => setLimit(limit + 10 * pageful)}>
            show earlier lines ({number(first)})
          </button>
        )}
        {shown.slice(first).map((entry, i) => (
          <p key={first + i} className={`log-line log-${entry.level ?? 'none'}`}>
            <DataText value={entry.text} limit={2000} />
          </p>
        ))}
      </div>
      {hidden > 0 && (
        <p className="dim note">{number(hidden)} entries of lower level are hidden.</p>
      )}
    </>
  )
}
