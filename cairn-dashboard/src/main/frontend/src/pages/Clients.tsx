import type { ClientDetail, ClientsData } from '../api'
import { useNow } from '../lib/clock'
import { count, duration, millis, number } from '../lib/format'
import { useLive } from '../lib/live'
import { clientPath, jobsPath, usePlace } from '../lib/router'
import { useSteady } from '../lib/steady'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Empty, Section } from '../ui/Section'
import { Time } from '../ui/Time'
import { Waiting } from '../ui/Waiting'

const none: ClientDetail[] = []
const keyOf = (client: ClientDetail) => client.id

/** The processes that work jobs: whether they are alive, who leads, and what each runs. The address may name one. */
export function Clients() {
  const { search } = usePlace()
  const asked = new URLSearchParams(search).get('id') || null
  const path = `api/${asked === null ? 'clients' : clientPath(asked)}`
  const { data, trouble } = useLive<ClientsData>(path)
  const steady = useSteady(data?.clients ?? none, keyOf, data ? path : 'not yet')
  if (!data) {
    return (
      <>
        <h1 className="unseen">Clients</h1>
        <Waiting trouble={trouble} />
      </>
    )
  }
  return (
    <>
      <h1 className="unseen">Clients</h1>
      <Section
        title="Clients"
        aside={<Fresh fresh={steady.fresh} show={steady.show} />}
        className="clients-panel"
      >
        {asked !== null && !steady.rows.some(({ id }) => id === asked) && <Unknown id={asked} />}
        {steady.rows.length === 0 ? (
          <Empty>No client is known. Jobs wait until one starts.</Empty>
        ) : (
          <table className="table clients" {...steady.guard}>
            <thead>
              <tr>
                <th scope="col">client</th>
                <th scope="col">heartbeat</th>
                <th scope="col">started</th>
                <th scope="col" className="num">
                  running
                </th>
                <th scope="col">kinds</th>
              </tr>
            </thead>
            <tbody>
              {steady.rows.map((client) => (
                <Row
                  key={client.id}
                  client={client}
                  gone={steady.gone.has(client.id)}
                  asked={client.id === asked}
                />
              ))}
            </tbody>
          </table>
        )}
        {data.more && <p className="dim">There are more clients, which are not listed.</p>}
      </Section>
    </>
  )
}

/** The address names a client that is not in the list, so that one would look for it in vain. */
function Unknown({ id }: { id: string }) {
  return (
    <p className="note" role="status" data-here tabIndex={-1}>
      There is no client <DataText value={id} limit={80} /> here. Clients that stopped long ago are
      forgotten, and those of River for Go are not known.{' '}
      <Link to={jobsPath({ client: [id] })}>The jobs that it had last</Link>
    </p>
  )
}

interface RowProps {
  client: ClientDetail
  gone: boolean
  /** Whether the address names this client. */
  asked: boolean
}

function Row({ client, gone, asked }: RowProps) {
  const looks = [gone && 'gone', asked && 'asked'].filter(Boolean).join(' ')
  return (
    <tr className={looks || undefined} aria-current={asked || undefined}>
      <th scope="row" className="mono">
        <Link
          to={jobsPath({ client: [client.id], state: ['running'] })}
          data-row={client.id}
          data-here={asked || undefined}
        >
          <DataText value={client.id} limit={80} still />
        </Link>
        {client.leads && (
          <span className="flag">
            <Icon name="leader" /> leader
          </span>
        )}
      </th>
      <td data-label="heartbeat">
        <Heartbeat client={client} />
      </td>
      <td data-label="started">
        <Time at={client.startedAt} />
      </td>
      <td
        className={client.running === '0' && !client.atLeast ? 'num zero' : 'num'}
        data-label="running"
      >
        {count({ n: client.running, atLeast: client.atLeast })}
      </td>
      <td data-label="kinds">
        {client.kinds.length === 0 && <span className="zero">none</span>}
        {client.kinds.slice(0, 12).map(({ kind, n }) => (
          <Link
            key={kind}
            className="tag"
            to={jobsPath({ kind: [kind], client: [client.id], state: ['running'] })}
          >
            <DataText value={kind} limit={40} still /> {number(n)}
          </Link>
        ))}
        {client.kinds.length > 12 && (
          <span className="dim"> and {number(client.kinds.length - 12)} more</span>
        )}
      </td>
    </tr>
  )
}

function Heartbeat({ client }: { client: ClientDetail }) {
  const now = useNow()
  if (!client.heartbeatAt) {
    return <span className="dim">unknown</span>
  }
  if (client.signedOff) {
    return (
      <span className="dim">
        stopped <Time at={client.heartbeatAt} />
      </span>
    )
  }
  const age = Math.max(0, now - millis(client.heartbeatAt))
  return (
    <span className={client.alive ? 'state state-completed' : 'state state-discarded'}>
      <Icon name={client.alive ? 'completed' : 'discarded'} />
      {client.alive ? 'alive' : `silent for ${duration(age)}`}
      {client.alive && (
        <span className="dim beat">
          <Time at={client.heartbeatAt} />
        </span>
      )}
    </span>
  )
}
