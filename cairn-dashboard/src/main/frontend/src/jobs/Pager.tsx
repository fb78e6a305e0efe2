import { Button } from '@mantine/core'
import type { JobsData } from '../api'
import { useKeys } from '../lib/keys'

interface PagerProps {
  data: JobsData
  first: boolean
  /** Whether it is a list of the worst jobs, which has one page. */
  sorted: boolean
  page: (cursor: string) => void
}

/** To the next page, and back by the browser's own history. */
export function Pager({ data, first, sorted, page }: PagerProps) {
  const { next, partial } = data
  const older = () => {
    if (next) page(next)
  }
  const back = () => {
    if (!first) window.history.back()
  }
  useKeys({ n: older, b: back })
  if (sorted) {
    return partial ? (
      <p className="pager dim">
        There may be others: at most 100 are listed, of the first 3,000 running jobs or the newest
        1,000 with checkpoints.
      </p>
    ) : null
  }
  if (first && !next) {
    return null
  }
  return (
    <nav className="pager" aria-label="Pages of the list">
      <Button variant="default" size="xs" disabled={first} onClick={back}>
        Back
      </Button>
      {partial && <span className="dim">Not all jobs were looked at yet.</span>}
      <Button variant="default" size="xs" disabled={!next} onClick={older}>
        {partial ? 'Look further' : 'Next page'}
      </Button>
    </nav>
  )
}
