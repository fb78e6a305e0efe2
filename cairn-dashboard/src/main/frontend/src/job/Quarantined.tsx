import type { JobData } from '../api'
import { count, plural } from '../lib/format'
import { brief } from '../lib/json'
import { DataText } from '../ui/DataText'
import { Icon } from '../ui/Icon'
import { Section } from '../ui/Section'
import { Time } from '../ui/Time'

/** The items that the job set aside to go on without them. */
export function Quarantined({ quarantined }: { quarantined: JobData['quarantined'] }) {
  if (!quarantined || quarantined.items.length === 0) {
    return null
  }
  return (
    <Section
      title="Set aside"
      aside={<span className="dim">{count(quarantined)} in quarantine</span>}
    >
      <ul className="errors">
        {quarantined.items.map((item) => (
          <li key={item.key}>
            <p className="error-head dim">
              <DataText value={item.step} limit={60} still />
              {item.position !== null && (
                <span className="mono">
                  {' '}
                  at <DataText value={brief(item.position)} />
                </span>
              )}
              {item.at && (
                <>
                  , <Time at={item.at} />
                </>
              )}
              {item.crashes > 0 && (
                <span className="flag">
                  <Icon name="crashed" /> {plural(item.crashes, 'crash', 'crashes')}
                </span>
              )}
              {item.redrive && <span className="flag">to be tried again</span>}
            </p>
            {item.error && (
              <p className="error-text">
                <DataText value={item.error} limit={300} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
