import type { Attention } from '../api'
import { clock, count, millis } from '../lib/format'
import { linkPath } from '../lib/router'
import { useSteady } from '../lib/steady'
import { DataText } from '../ui/DataText'
import { Fresh } from '../ui/Fresh'
import { Icon } from '../ui/Icon'
import { Link } from '../ui/Link'
import { Section } from '../ui/Section'

/** There is one at most of a kind that is about nothing in particular. */
function keyOf({ kind, jobId, queue, client }: Attention): string {
  return [kind, jobId ?? queue ?? client ?? ''].join(' ')
}

/** What needs a person, first. */
export function AttentionList({ attention, now }: { attention: Attention[]; now: string }) {
  const { rows, gone, fresh, show, guard } = useSteady(attention, keyOf, 'attention')
  if (rows.length === 0) {
    return (
      <section className="calm" aria-label="What needs a person">
        <Icon name="completed" size={18} />
        <p>
          <b>Nothing needs you.</b>{' '}
          <span className="dim">Last looked at {clock(millis(now))}.</span>
        </p>
      </section>
    )
  }
  return (
    <Section
      title="What needs a person"
      className="attention"
      aside={<Fresh fresh={fresh} show={show} />}
    >
      <ul className="attention-list" {...guard}>
        {rows.map((item) => (
          <li key={keyOf(item)} className={gone.has(keyOf(item)) ? 'gone' : undefined}>
            <Link
              to={linkPath(item.link.view, item.link.query, item.jobId)}
              data-row={keyOf(item)}
              className={`attention-row attention-${item.severity === 'act' ? 'act' : 'look'}`}
            >
              <span className="attention-severity">
                <Icon name={item.severity === 'act' ? 'act' : 'look'} size={16} />
                {item.severity === 'act' ? 'act' : 'look'}
              </span>
              <span className="attention-text">
                <DataText value={item.text} limit={240} still />
              </span>
              {item.count && <span className="attention-count">{count(item.count)}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
