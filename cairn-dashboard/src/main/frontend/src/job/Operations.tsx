import type { Operation } from '../api'
import { DataText } from '../ui/DataText'
import { Empty, Section } from '../ui/Section'
import { Time } from '../ui/Time'

/** What operators did to the job, newest first. */
export function Operations({ operations }: { operations: Operation[] }) {
  return (
    <Section title="Operations">
      {operations.length === 0 ? (
        <Empty>Nobody has acted on this job.</Empty>
      ) : (
        <ol className="operations">
          {[...operations]
            .sort((a, b) => (a.at < b.at ? 1 : -1))
            .map((operation) => (
              <li key={`${operation.at} ${operation.verb}`}>
                <p>
                  <b>
                    <DataText value={operation.verb} limit={40} still />
                  </b>
                  {operation.by && (
                    <>
                      {' '}
                      by <DataText value={operation.by} limit={60} still />
                    </>
                  )}
                  <span className="dim">
                    {' '}
                    <Time at={operation.at} />
                  </span>
                </p>
                {operation.reason && (
                  <p>
                    “<DataText value={operation.reason} limit={300} />”
                  </p>
                )}
                {operation.detail && (
                  <p className="dim">
                    <DataText value={operation.detail} limit={300} />
                  </p>
                )}
              </li>
            ))}
        </ol>
      )}
    </Section>
  )
}
