import { useState } from 'react'
import type { JobDetail, DataText as Stored } from '../api'
import { bytes } from '../lib/format'
import { useOnce } from '../lib/live'
import { jobPath } from '../lib/router'
import { DataText } from '../ui/DataText'
import { JsonTree } from '../ui/JsonTree'
import { Section } from '../ui/Section'
import { Waiting } from '../ui/Waiting'

/** Arguments, output and metadata: read only when they are opened. */
export function Contents({ job }: { job: JobDetail }) {
  const parts = [
    { name: 'args', title: 'Arguments', size: job.argsBytes },
    { name: 'output', title: 'Output', size: job.outputBytes },
    { name: 'metadata', title: 'Metadata', size: job.metadataBytes },
  ].filter(({ name, size }) => (size ?? 0) > 0 || name === 'args')
  return (
    <Section title="Contents">
      {parts.map(({ name, title, size }) => (
        <Part key={name} path={`api/${jobPath(job.id)}/${name}`} title={title} size={size} />
      ))}
    </Section>
  )
}

function Part({ path, title, size }: { path: string; title: string; size: number | null }) {
  const [opened, setOpened] = useState(false)
  return (
    <details className="fold content" onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>
        {title} {size !== null && <span className="dim">{bytes(size)}</span>}
      </summary>
      {opened && <Value path={path} />}
    </details>
  )
}

function Value({ path }: { path: string }) {
  const [full, setFull] = useState(false)
  const [raw, setRaw] = useState(false)
  const [read, setRead] = useState(0)
  const { data, trouble } = useOnce<Stored>(full ? `${path}?full=1` : path, read)
  if (!data) {
    return <Waiting trouble={trouble} />
  }
  if (data.hidden) {
    return <p className="dim note">You may not see this. An operator with that right can.</p>
  }
  if (data.json === null) {
    return (
      <p className="dim note">
        {data.bytes > 0
          ? `Its ${bytes(data.bytes)} are too large to be searched for values that are hidden, so nothing is shown.`
          : 'Nothing is stored.'}
      </p>
    )
  }
  return (
    <div className="content-body">
      <p className="content-tools">
        {data.redacted && <span className="flag">some values are hidden by rules</span>}
        <button type="button" className="more" onClick={() => setRaw(!raw)}>
          {raw ? 'as a tree' : 'as text'}
        </button>
        <button type="button" className="more" onClick={() => setRead(read + 1)}>
          read again
        </button>
        {data.truncated && !full && (
          <button type="button" className="more" onClick={() => setFull(true)}>
            read all ({bytes(data.bytes)})
          </button>
        )}
      </p>
      {raw ? (
        <pre className="trace">
          <DataText value={data.json} limit={4000} />
        </pre>
      ) : (
        <JsonTree json={data.json} />
      )}
      {data.truncated && <p className="dim note">Only the beginning is shown.</p>}
    </div>
  )
}
