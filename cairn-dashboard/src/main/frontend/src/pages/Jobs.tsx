import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import type { CountsData, JobSummary, JobsData } from '../api'
import { BulkBar } from '../jobs/BulkBar'
import { Chips } from '../jobs/Chips'
import { JobTable } from '../jobs/JobTable'
import { Pager } from '../jobs/Pager'
import { SearchBox } from '../jobs/SearchBox'
import { SortChoice } from '../jobs/SortChoice'
import { StateFilter } from '../jobs/StateFilter'
import {
  type Contents,
  contentsOf,
  type Filters,
  fromQuery,
  narrows,
  toQuery,
} from '../lib/filters'
import { getJson, postJson } from '../lib/http'
import { type Live, never, useLive, usePolled } from '../lib/live'
import { go, insertPath, usePlace, withQuery } from '../lib/router'
import { useSteady } from '../lib/steady'
import { noTicks } from '../lib/ticks'
import { useTicks } from '../lib/useTicks'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Link } from '../ui/Link'
import { Empty } from '../ui/Section'
import { useMay } from '../ui/session'
import { Waiting } from '../ui/Waiting'

const none: JobSummary[] = []
const keyOf = (job: JobSummary) => job.id
const pageSize = 50

/** The list of jobs: what is looked for stands in the address, so that it can be sent to somebody. */
export function Jobs() {
  const { search, state, entry } = usePlace()
  const filters = useMemo(() => fromQuery(new URLSearchParams(search)), [search])
  const after = new URLSearchParams(search).get('after')
  const contents = contentsOf(state)
  const mayInsert = useMay('insert')
  const byContents = contents.args !== '' || contents.metadata !== ''
  // A search in contents is dear: it is done again only if somebody asks.
  const [looks, setLooks] = useState(0)
  const { data, trouble } = useJobs(filters, contents, after, looks)
  const counts = useCounts(filters, contents)
  const list = search + JSON.stringify(contents)
  // The next page begins behind the rows that are shown, which may not be the newest.
  const steady = useSteady(data?.jobs ?? none, keyOf, data ? list : `${list} not yet`, data)
  const [ticked, setTicked] = useTicks(entry, data && steady.rows)

  const change = (next: Filters, looked: Contents = contents) => {
    const kept = looked.args || looked.metadata ? { contents: looked } : null
    const narrowed = narrows(next) || kept !== null
    go(withQuery('jobs', toQuery(narrowed ? { ...next, sort: '' } : next)), { state: kept })
  }
  const page = (cursor: string) => {
    const query = toQuery(filters)
    query.set('after', cursor)
    go(withQuery('jobs', query), { state })
    window.scrollTo(0, 0)
  }

  return (
    <>
      <h1 className="unseen">Jobs</h1>
      <div className="finder">
        <SearchBox filters={filters} contents={contents} change={change} />
        <SortChoice filters={filters} change={change} />
        {mayInsert && (
          <Link to={insertPath()} className="insert-link">
            Insert a job
          </Link>
        )}
      </div>
      <StateFilter filters={filters} counts={counts.data} change={change} />
      {counts.data && counts.trouble && (
        <p className="dim note" role="status">
          The numbers of the states are from before: <DataText value={counts.trouble.message} />
        </p>
      )}
      <Chips filters={filters} contents={contents} change={change} />
      <section className="panel" aria-label="Jobs">
        <div className="list-head">
          <Fresh fresh={steady.fresh} show={steady.show} />
          {byContents && data && (
            <Button variant="default" size="xs" onClick={() => setLooks(looks + 1)}>
              Look again
            </Button>
          )}
        </div>
        {byContents && data && trouble && <Waiting trouble={trouble} />}
        {data === null ? (
          <Waiting trouble={trouble} />
        ) : steady.rows.length === 0 ? (
          <NoJobs filters={filters} contents={contents} partial={data.partial} />
        ) : (
          <JobTable steady={steady} ticked={ticked} setTicked={setTicked} />
        )}
        {steady.behind && (
          <Pager
            data={steady.behind}
            first={after === null}
            sorted={filters.sort !== ''}
            page={page}
          />
        )}
      </section>
      <BulkBar
        key={entry}
        ticked={ticked}
        clear={() => setTicked(noTicks)}
        filters={filters}
        contents={contents}
      />
    </>
  )
}

/** By a stream; but by requests if contents are looked for, which must not stand in an address. */
function useJobs(
  filters: Filters,
  contents: Contents,
  after: string | null,
  looks: number,
): Live<JobsData> {
  const byContents = contents.args !== '' || contents.metadata !== ''
  const query = toQuery(filters)
  if (!filters.sort) {
    query.set('order', filters.order || 'id')
    query.set('dir', filters.dir || 'desc')
    query.set('limit', String(pageSize))
    if (after) query.set('after', after)
  }
  const streamed = useLive<JobsData>(byContents ? null : withQuery('api/jobs', query))
  const body = searchBody(filters, contents, after)
  const polled = usePolled<JobsData>(
    byContents ? JSON.stringify(body) : null,
    (signal) => postJson('api/jobs/search', body, signal),
    never,
    looks,
  )
  return byContents ? polled : streamed
}

function searchBody({ sort, ...filters }: Filters, contents: Contents, after: string | null) {
  const set = Object.entries({ ...filters, ...contents }).filter(([, value]) => value.length > 0)
  return {
    order: 'id',
    dir: 'desc',
    ...Object.fromEntries(set),
    limit: pageSize,
    ...(after ? { after } : {}),
  }
}

function useCounts(filters: Filters, contents: Contents): Live<CountsData> {
  const query = toQuery({ ...filters, state: [], order: '', dir: '', sort: '' })
  const byContents = contents.args !== '' || contents.metadata !== ''
  const path = withQuery('api/jobs/counts', query)
  const key = byContents ? null : path
  return usePolled<CountsData>(key, (s) => getJson(path, s), 15_000, 0, false)
}

function NoJobs(props: { filters: Filters; contents: Contents; partial: boolean }) {
  const { filters, contents, partial } = props
  if (partial) {
    return <Empty>None of the jobs looked at so far matches. Go on to look at older ones.</Empty>
  }
  return narrows(filters) || contents.args || contents.metadata ? (
    <Empty>No job matches. Take away a filter to see more.</Empty>
  ) : filters.sort ? (
    <Empty>No job has checkpoints now.</Empty>
  ) : (
    <Empty>There are no jobs yet. They appear here as soon as one is inserted.</Empty>
  )
}
