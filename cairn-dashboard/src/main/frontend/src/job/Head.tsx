import { Button } from '@mantine/core'
import type { JobData } from '../api'
import { jobsPath, linkPath } from '../lib/router'
import type { Intend } from '../pages/JobPage'
import { DataText } from '../ui/DataText'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Meter } from '../ui/Meter'
import { StateBadge } from '../ui/StateBadge'
import { useMay } from '../ui/session'
import { verbWord } from './words'

interface HeadProps {
  data: JobData
  intend: Intend
  /** Whether the job was deleted while it was looked at. */
  gone: boolean
}

/** Kind, id, state in words, why the job waits, and the one act that makes sense next. */
export function Head({ data, intend, gone }: HeadProps) {
  const { job, sentence, progress } = data
  return (
    <header className={`head head-${job.state}`}>
      <p className="crumbs">
        <Link to="jobs">Jobs</Link> <Icon name="open" size={11} />{' '}
        <Link to={jobsPath({ queue: [job.queue] })}>
          <DataText value={job.queue} limit={40} still />
        </Link>
      </p>
      <div className="head-line">
        <h1>
          <Link to={jobsPath({ kind: [job.kind] })} title="all jobs of this kind">
            <DataText value={job.kind} limit={120} still />
          </Link>{' '}
          <span className="id">{job.id}</span>
        </h1>
        <StateBadge state={job.state} />
        {job.pauseRequested && (
          <span className="flag">
            <Icon name="pause" /> pause requested
          </span>
        )}
        {job.cancelRequested && (
          <span className="flag">
            <Icon name="cancelled" /> cancel requested
          </span>
        )}
        {job.tags.map((tag) => (
          <Link key={tag} className="tag" to={jobsPath({ tag: [tag] })}>
            <DataText value={tag} limit={40} still />
          </Link>
        ))}
        <Next data={data} intend={intend} />
      </div>
      <p className="sentence">
        <DataText
          value={gone ? `This job was deleted. Before: ${sentence}` : sentence}
          limit={600}
        />
      </p>
      {progress && progress.done !== null && (
        <div className="head-meter">
          <Meter
            label="Progress of the job's current step"
            done={progress.done}
            total={progress.total}
            rate={job.state === 'running' ? progress.rate : null}
            timeLeftMs={job.state === 'running' ? progress.timeLeftMs : null}
          />
        </div>
      )}
      <WhyItWaits data={data} />
    </header>
  )
}

function Next({ data, intend }: { data: JobData; intend: Intend }) {
  const { next, verbs } = data
  const may = useMay(next?.verb ?? 'retry')
  if (!next || !may) {
    return null
  }
  const possible = verbs.find((offer) => offer.verb === next.verb)?.allowed ?? true
  return (
    <span className="next">
      <span className="dim">
        <DataText value={next.text} limit={120} still />
      </span>
      <Button size="sm" disabled={!possible} onClick={() => intend({ verb: next.verb })}>
        {verbWord(next.verb)}
      </Button>
    </span>
  )
}

function WhyItWaits({ data }: { data: JobData }) {
  const { why } = data
  if (!why) {
    return null
  }
  return (
    <section className="why" aria-label="Why it does not go on">
      <Icon name="waiting" size={16} />
      <p>
        <b>{data.job.state === 'running' ? 'Why it stands still: ' : 'Why it waits: '}</b>
        <DataText value={why.text} limit={600} />
        {why.links.map((link) => (
          <Link key={link.text} to={linkPath(link.view, link.query)} className="why-link">
            <DataText value={link.text} limit={80} still />
          </Link>
        ))}
      </p>
    </section>
  )
}
