import { TextInput } from '@mantine/core'
import type { JobsData } from '../api'
import { serverNow } from '../lib/clock'
import { millis, relative } from '../lib/format'
import { useOnce } from '../lib/live'
import { go, insertPath, withQuery } from '../lib/router'
import { isPlain } from '../lib/text'
import type { Template } from './Arguments'
import { Choice } from './Choice'
import type { FormPart } from './InsertForm'

/** The kind, with those of the newest jobs as suggestions, and an earlier job of that kind as template. */
export function Kind({ draft, change, wrong, template }: FormPart & { template: Template | null }) {
  const kind = draft.kind.trim()
  const { data } = useOnce<{ kinds: string[] }>(`api/kinds?prefix=${encodeURIComponent(kind)}`)
  const known = data?.kinds.includes(kind) ?? false
  return (
    <div className="insert-row">
      <TextInput
        label="Kind"
        description="A known one, or any other"
        required
        list="insert-kinds"
        autoComplete="off"
        spellCheck={false}
        readOnly={draft.copyOf !== null}
        value={draft.kind}
        error={wrong('kind')}
        onChange={(event) => change({ kind: event.currentTarget.value })}
      />
      <datalist id="insert-kinds">
        {data?.kinds
          .filter(isPlain)
          .slice(0, 50)
          .map((each) => (
            <option key={each} value={each} />
          ))}
      </datalist>
      {(known || template !== null) && (
        <Templates kind={known ? kind : null} chosen={template?.job.id ?? null} />
      )}
    </div>
  )
}

/** The newest jobs of the kind. Choosing one fills the form anew. */
function Templates({ kind, chosen }: { kind: string | null; chosen: string | null }) {
  const query = new URLSearchParams({ kind: kind ?? '', order: 'id', dir: 'desc', limit: '10' })
  const { data } = useOnce<JobsData>(kind === null ? null : withQuery('api/jobs', query))
  const jobs = data?.jobs ?? []
  const listed = chosen === null || jobs.some((job) => job.id === chosen)
  return (
    <Choice
      label="Template"
      description="Its values fill the form anew"
      value={chosen ?? ''}
      change={(id) => go(insertPath(id || null), { replace: true })}
    >
      <option value="">none</option>
      {!listed && <option value={chosen}>job {chosen}</option>}
      {jobs.map((job) => (
        <option key={job.id} value={job.id}>
          {`job ${job.id}, ${job.state}, ${relative(millis(job.createdAt), serverNow())}`}
        </option>
      ))}
    </Choice>
  )
}
