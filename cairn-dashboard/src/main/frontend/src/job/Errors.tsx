import type { JobError } from '../api'
import { number } from '../lib/format'
import { DataText } from '../ui/DataText'
import { Section } from '../ui/Section'
import { Time } from '../ui/Time'

/** The failures of the attempts, alike ones together, each with its trace folded. */
export function Errors({ errors, inAll }: { errors: JobError[]; inAll?: number }) {
  if (errors.length === 0) {
    return null
  }
  const total = inAll ?? errors.reduce((sum, error) => sum + Math.max(1, error.same), 0)
  return (
    <Section title="Errors" aside={<span className="dim">{number(total)} in all</span>}>
      <ol className="errors">
        {errors.map((error, index) => (
          // Of a stuck job, it is not known when the attempt began. Errors are only ever added behind.
          <li key={`${error.at} ${error.endedAt} ${error.attempt} ${index}`}>
            <p className="error-head dim">
              attempt {error.attempt}
              {error.at && ', began '}
              {error.at && <Time at={error.at} />}
              {error.endedAt && ', ended '}
              {error.endedAt && <Time at={error.endedAt} />}
              {error.same > 1 && <b className="error-same">{number(error.same)} in a row alike</b>}
            </p>
            <p className="error-text">
              <DataText value={error.error} limit={400} />
            </p>
            {error.trace && (
              <details className="fold">
                <summary>trace</summary>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get there */}
                <pre className="trace" tabIndex={0}>
                  <DataText value={error.trace} limit={6000} />
                </pre>
              </details>
            )}
          </li>
        ))}
      </ol>
    </Section>
  )
}
