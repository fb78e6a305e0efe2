import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Finding, HealthData, Level, SchemaVersion } from '../api'
import { serverNow, useNow } from '../lib/clock'
import { plural } from '../lib/format'
import { getJson } from '../lib/http'
import { useKeys } from '../lib/keys'
import { onRequest, usePolled } from '../lib/live'
import { DataText } from '../ui/DataText'
import { Icon, type IconName } from '../ui/Icon'
import { Section } from '../ui/Section'
import { Time } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

/** What was found, when, and from when on one may look again, all by the clock of the page. */
interface Look extends HealthData {
  lookedAt: string
  againAt: number
}

/** Checks the database, as `./cairn doctor` does: once when the page is opened, and whenever the reader asks. */
export function Health() {
  const [version, setVersion] = useState(0)
  const [looking, setLooking] = useState(false)
  const ask = async (signal: AbortSignal): Promise<Look> => {
    setLooking(true)
    try {
      const path = version === 0 ? 'api/health' : 'api/health?again=true'
      const data = await getJson<HealthData>(path, signal)
      const now = serverNow()
      const lookedAt = new Date(now - data.ageMs).toISOString()
      return { ...data, lookedAt, againAt: now + data.againInMs }
    } finally {
      setLooking(false)
    }
  }
  const { data, trouble } = usePolled('health', ask, onRequest, version)
  const again = () => {
    if (!looking) setVersion(version + 1)
  }
  useKeys({ r: again })
  return (
    <>
      <h1 className="unseen">Health</h1>
      {data ? (
        <Found look={data} looking={looking} trouble={trouble?.message ?? null} again={again} />
      ) : (
        <Waiting trouble={looking ? null : trouble} again={again} />
      )}
    </>
  )
}

interface FoundProps {
  look: Look
  looking: boolean
  trouble: string | null
  again: () => void
}

function Found({ look, looking, trouble, again }: FoundProps) {
  const wrong = look.findings.filter(({ level }) => level !== 'ok')
  const fine = look.findings.filter(({ level }) => level === 'ok')
  return (
    <div className="health">
      <Section
        title="Health"
        aside={
          <>
            <span className="dim" role="status">
              {looking ? (
                'Looking…'
              ) : (
                <>
                  looked <Time at={look.lookedAt} />
                </>
              )}
            </span>
            {!looking && <Rest until={look.againAt} />}
            <Button variant="default" size="xs" onClick={again} aria-disabled={looking}>
              Look again
            </Button>
          </>
        }
      >
        {trouble && (
          <p className="note bad" role="alert">
            <DataText value={trouble} />
          </p>
        )}
        <p className={`health-sum health-${look.level}`}>
          <Icon name={icons[look.level] ?? 'look'} size={18} />
          <span>
            <b>{wrong.length === 0 ? 'All is well.' : summary(wrong)}</b>{' '}
            <span className="dim">{plural(fine.length, 'check')} found nothing wrong.</span>
          </span>
        </p>
        {wrong.length > 0 && (
          <ol className="findings">
            {wrong.map((finding, index) => (
              // A check may find several things, and each look replaces the whole list.
              <Row key={`${index} ${finding.check}`} finding={finding} />
            ))}
          </ol>
        )}
      </Section>
      {look.versions.length > 0 && <Versions versions={look.versions} />}
      <Checked findings={fine} />
      <p className="dim">
        The same checks on the command line: <code>./cairn doctor</code>. There, options give them
        more time and other limits.
      </p>
    </div>
  )
}

/** Who asks earlier is told the same once more. */
function Rest({ until }: { until: number }) {
  const seconds = Math.ceil((until - useNow()) / 1000)
  return seconds > 0 ? <span className="dim">again in {seconds} s</span> : null
}

/** `1 problem, 2 warnings`. */
function summary(wrong: Finding[]): string {
  const levels: Level[] = ['problem', 'warning', 'note']
  return `${levels
    .map((level) => ({ level, n: wrong.filter((one) => one.level === level).length }))
    .filter(({ n }) => n > 0)
    .map(({ level, n }) => plural(n, level))
    .join(', ')}.`
}

const icons: Record<Level, IconName> = {
  problem: 'discarded',
  warning: 'act',
  note: 'look',
  ok: 'completed',
}

function Row({ finding }: { finding: Finding }) {
  return (
    <li className="finding">
      <span className={`finding-level health-${finding.level}`}>
        <Icon name={icons[finding.level] ?? 'look'} size={16} />
        <DataText value={finding.level} still />
      </span>
      <div>
        <p>
          <b>
            <DataText value={finding.check} limit={60} still />
          </b>
          <br />
          <DataText value={finding.what} limit={400} />
        </p>
        {finding.todo && (
          <p className="finding-todo">
            <span className="dim">What to do: </span>
            <DataText value={finding.todo} limit={400} />
          </p>
        )}
      </div>
    </li>
  )
}

const lines: Record<string, string> = { main: 'River, line main', cairn: 'Cairn, line cairn' }

/** Which migrations the tables have. */
function Versions({ versions }: { versions: SchemaVersion[] }) {
  return (
    <Section title="Migrations">
      <dl className="facts">
        {versions.map(({ line, version, newest }) => (
          <div key={line}>
            <dt>{lines[line] ?? <DataText value={line} limit={60} still />}</dt>
            <dd>
              version {version}{' '}
              <span className={version === newest ? 'dim' : 'flag flag-act'}>
                {version === newest
                  ? 'the newest'
                  : version < newest
                    ? `the newest is ${newest}`
                    : `newer than this Cairn, which knows ${newest}`}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}

/** The checks that found nothing wrong, and what they saw. */
function Checked({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) {
    return null
  }
  return (
    <Section title="Checked, and in order">
      <dl className="checked">
        {findings.map((finding, index) => (
          <div key={`${index} ${finding.check}`}>
            <dt>
              <span className="health-ok">
                <Icon name="completed" />
              </span>{' '}
              <DataText value={finding.check} limit={60} still />
            </dt>
            <dd>
              <DataText value={finding.what} limit={300} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
