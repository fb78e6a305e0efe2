import { Button } from '@mantine/core'
import type { QuarantineData, QuarantineItem } from '../api'
import { plural } from '../lib/format'
import { getJson } from '../lib/http'
import { brief } from '../lib/json'
import { usePolled } from '../lib/live'
import { go, jobPath, usePlace, withQuery } from '../lib/router'
import { useSteady } from '../lib/steady'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Empty, Section } from '../ui/Section'
import { useMay } from '../ui/session'
import { Time } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

const none: QuarantineItem[] = []
const keyOf = (item: QuarantineItem) => item.key

/** The items that jobs set aside, so that they could go on without them. */
export function Quarantine() {
  const after = new URLSearchParams(usePlace().search).get('after')
  const query = new URLSearchParams(after ? { after } : {})
  const path = withQuery('api/quarantine', query)
  const { data, trouble } = usePolled<QuarantineData>(path, (signal) => getJson(path, signal), 5000)
  const steady = useSteady(data?.items ?? none, keyOf, data ? path : 'not yet', data?.next ?? null)
  const { behind } = steady
  return (
    <>
      <h1 className="unseen">Quarantine</h1>
      <Section title="Quarantine" aside={<Fresh fresh={steady.fresh} show={steady.show} />}>
        {!data ? (
          <Waiting trouble={trouble} />
        ) : steady.rows.length === 0 ? (
          <Empty>No item is set aside.</Empty>
        ) : (
          <table className="table quarantine" {...steady.guard}>
            <thead>
              <tr>
                <th scope="col">item</th>
                <th scope="col">job</th>
                <th scope="col">error</th>
                <th scope="col">when</th>
                <th scope="col">
                  <span className="unseen">Acts</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {steady.rows.map((item) => (
                <Row key={keyOf(item)} item={item} gone={steady.gone.has(keyOf(item))} />
              ))}
            </tbody>
          </table>
        )}
        {behind && (
          <nav className="pager" aria-label="Pages of the list">
            <span />
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                go(withQuery('quarantine', new URLSearchParams({ after: behind })))
                window.scrollTo(0, 0)
              }}
            >
              Next page
            </Button>
          </nav>
        )}
      </Section>
    </>
  )
}

function Row({ item, gone }: { item: QuarantineItem; gone: boolean }) {
  const may = useMay('redrive')
  return (
    <tr className={gone ? 'gone' : undefined}>
      <th scope="row">
        <span className="mono">
          {item.position === null ? (
            'an item'
          ) : (
            <DataText value={brief(item.position)} limit={80} />
          )}
        </span>{' '}
        <span className="dim">
          in <DataText value={item.step} limit={60} still />
        </span>
      </th>
      <td data-label="job">
        <Link to={jobPath(item.jobId)} data-row={keyOf(item).slice(0, 200)}>
          <DataText value={item.kind} limit={60} still /> <span className="id">{item.jobId}</span>
        </Link>
      </td>
      <td className="job-error" data-label="error">
        {item.error && <DataText value={item.error} limit={200} />}
        {item.crashes > 0 && (
          <span className="flag">
            <Icon name="crashed" /> {plural(item.crashes, 'crash', 'crashes')}
          </span>
        )}
      </td>
      <td data-label="when">
        <Time at={item.at} />
      </td>
      <td className="act-cell">
        {may && (
          <Link to={withQuery(jobPath(item.jobId), new URLSearchParams({ act: 'redrive' }))}>
            Redrive…
          </Link>
        )}
      </td>
    </tr>
  )
}
