import { Button } from '@mantine/core'
import type { Live } from '../lib/live'
import { mayPass } from '../lib/troubles'
import { DataText } from './DataText'

interface WaitingProps {
  trouble: Live<unknown>['trouble']
  /** Of a page that does not try again by itself. */
  again?: () => void
}

/** In place of data that is not there yet, or cannot be had. */
export function Waiting({ trouble, again }: WaitingProps) {
  if (!trouble) {
    return (
      <p className="empty" aria-busy="true">
        Loading…
      </p>
    )
  }
  return (
    <div className="empty trouble-box" role="alert">
      <h2>{titles[trouble.code] ?? 'This cannot be shown'}</h2>
      <p>
        <DataText value={trouble.message} />
      </p>
      {again ? (
        <Button variant="default" size="xs" onClick={again}>
          Look again
        </Button>
      ) : (
        mayPass(trouble) && <p className="dim">The page tries again by itself.</p>
      )}
    </div>
  )
}

const titles: Record<string, string> = {
  not_found: 'Not found',
  forbidden: 'Not allowed',
  unauthenticated: 'Not signed in',
  away: 'No answer from the server',
  unavailable: 'No answer from the database',
}
