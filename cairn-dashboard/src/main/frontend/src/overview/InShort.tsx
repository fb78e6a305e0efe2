import type { OverviewData } from '../api'
import { count, duration, isZero, number } from '../lib/format'
import { jobsPath } from '../lib/router'
import { DataText } from '../ui/DataText'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Empty, Section } from '../ui/Section'
import { Time } from '../ui/Time'

/** The queues in a line each. */
export function QueuesInShort({ queues }: { queues: OverviewData['queues'] }) {
  return (
    <Section
      title="Queues"
      className="queues-short"
      aside={<Link to="queues">pause and resume</Link>}
    >
      {queues.length === 0 ? (
        <Empty>No client has worked a queue yet.</Empty>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">queue</th>
              <th scope="col" className="num">
                available
              </th>
              <th scope="col" className="num">
                running
              </th>
              <th scope="col" className="num">
                oldest waits
              </th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <tr key={queue.name}>
                <th scope="row">
                  <Link to={jobsPath({ queue: [queue.name] })} data-row={queue.name}>
                    <DataText value={queue.name} limit={40} still />
                  </Link>
                  {queue.paused && (
                    <span className="flag">
                      <Icon name="pause" /> paused
                    </span>
                  )}
                </th>
                <td className={isZero(queue.available) ? 'num zero' : 'num'}>
                  {count(queue.available)}
                </td>
                <td className={isZero(queue.running) ? 'num zero' : 'num'}>
                  {count(queue.running)}
                </td>
                <td className="num">
                  {queue.oldestWaitingMs === null ? (
                    <span className="zero">nothing</span>
                  ) : (
                    duration(queue.oldestWaitingMs)
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}

/** How many clients are alive, how old their last heartbeats are, and who leads. */
export function ClientsInShort({ clients }: { clients: OverviewData['clients'] }) {
  return (
    <Section title="Clients" className="clients-short" aside={<Link to="clients">all</Link>}>
      <dl className="facts">
        <div>
          <dt>alive</dt>
          <dd>{number(clients.alive)}</dd>
        </div>
        <div>
          <dt>silent</dt>
          <dd className={clients.stale > 0 ? 'bad' : 'zero'}>{number(clients.stale)}</dd>
        </div>
        {clients.oldestHeartbeat && (
          <div>
            <dt>{clients.alive === 1 ? 'heartbeat' : 'heartbeats'}</dt>
            <dd>
              <Time at={clients.newestHeartbeat} />
              {clients.alive > 1 && (
                <>
                  {' '}
                  to <Time at={clients.oldestHeartbeat} />
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>leader</dt>
          <dd>
            {clients.leader ? (
              <DataText value={clients.leader} limit={60} still />
            ) : (
              <span className="bad">nobody</span>
            )}
          </dd>
        </div>
      </dl>
    </Section>
  )
}
