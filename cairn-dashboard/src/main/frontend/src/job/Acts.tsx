import { Button } from '@mantine/core'
import type { VerbOffer } from '../api'
import { go, insertPath } from '../lib/router'
import type { Intend } from '../pages/JobPage'
import { DataText } from '../ui/DataText'
import { Section } from '../ui/Section'
import { useMay, useSession } from '../ui/session'
import { losing, verbWord } from './words'

interface ActsProps {
  id: string
  offers: VerbOffer[]
  intend: Intend
}

/** What one can do with the job now, each with its consequence; and why not the rest. */
export function Acts({ id, offers, intend }: ActsProps) {
  const session = useSession()
  const mayCopy = useMay('insert')
  const mine = offers.filter((offer) => session?.verbs.includes(offer.verb))
  if (mine.length === 0 && !mayCopy) {
    return null
  }
  const possible = mine.filter((offer) => offer.allowed)
  const refused = mine.filter((offer) => !offer.allowed)
  return (
    <Section title="Acts">
      <ul className="acts">
        {possible.map((offer) => (
          <li key={offer.verb}>
            <Button
              size="xs"
              variant="default"
              className={losing.has(offer.verb) ? 'losing' : undefined}
              onClick={() => intend({ verb: offer.verb })}
            >
              {verbWord(offer.verb)}…
            </Button>
            <p>
              <DataText value={offer.text} limit={300} />
            </p>
          </li>
        ))}
        {mayCopy && (
          <li>
            <Button size="xs" variant="default" onClick={() => go(insertPath(id))}>
              Run a copy…
            </Button>
            <p>Another job with the same arguments is inserted, after a look at them.</p>
          </li>
        )}
      </ul>
      {refused.length > 0 && (
        <details className="fold">
          <summary>
            {refused.length === 1 ? 'One more, not now' : `${refused.length} more, not now`}
          </summary>
          <dl className="refused">
            {refused.map((offer) => (
              <div key={offer.verb}>
                <dt>{verbWord(offer.verb)}</dt>
                <dd>
                  <DataText value={offer.because ?? offer.text} limit={300} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Section>
  )
}
