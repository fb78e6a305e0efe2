import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Verb } from '../api'
import { type Contents, type Filters, narrows } from '../lib/filters'
import { plural } from '../lib/format'
import { statesOf, type Ticked } from '../lib/ticks'
import { useSession } from '../ui/session'
import { BulkDialog } from './BulkDialog'

const verbs = ['retry', 'interrupt', 'cancel', 'delete'] as const
export type BulkVerb = (typeof verbs)[number]

interface BulkBarProps {
  ticked: Ticked
  clear: () => void
  filters: Filters
  contents: Contents
}

/** Acts on many jobs: those ticked, or all that match the filters. */
export function BulkBar({ ticked, clear, filters, contents }: BulkBarProps) {
  const [verb, setVerb] = useState<BulkVerb | null>(null)
  const session = useSession()
  const mayRun = filters.state.length === 0 || filters.state.includes('running')
  const allowed = verbs.filter(
    (one) => session?.verbs.includes(one as Verb) && (one !== 'interrupt' || mayRun),
  )
  const byFilter = ticked.size === 0
  const filtered = narrows(filters) || contents.args !== '' || contents.metadata !== ''
  if (allowed.length === 0 || (byFilter && !filtered) || (byFilter && filters.sort !== '')) {
    return null
  }
  // Whatever the list shows, a job that was ticked as discarded is not meant when it has completed.
  const tickedTarget = (one: BulkVerb) => ({
    ids: [...ticked.keys()],
    filter: wanted({ ...filters, state: statesOf(one, ticked) }, contents),
  })
  return (
    <section className="bulk" aria-label="Acts on many jobs">
      <span>{byFilter ? 'All that match:' : `${plural(ticked.size, 'job')} ticked:`}</span>
      {allowed.map((one) => (
        <Button key={one} variant="default" size="xs" onClick={() => setVerb(one)}>
          {one}…
        </Button>
      ))}
      {!byFilter && (
        <Button variant="subtle" size="xs" onClick={clear}>
          untick
        </Button>
      )}
      {verb && (
        <BulkDialog
          verb={verb}
          target={byFilter ? { filter: wanted(filters, contents) } : tickedTarget(verb)}
          close={() => setVerb(null)}
          done={() => {
            setVerb(null)
            clear()
          }}
        />
      )}
    </section>
  )
}

/** The filters that are set, without the order. */
function wanted({ order, dir, sort, ...filters }: Filters, contents: Contents) {
  return Object.fromEntries(
    Object.entries({ ...filters, ...contents }).filter(([, value]) => value.length > 0),
  )
}
