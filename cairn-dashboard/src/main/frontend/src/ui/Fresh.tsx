import { number } from '../lib/format'
import { useKeys } from '../lib/keys'

/** Offers rows that came while the reader was looking. Keeps its place when there are none, so that nothing moves. */
export function Fresh({ fresh, show }: { fresh: number; show: () => void }) {
  useKeys({ r: show })
  return (
    <span className="fresh" aria-live="polite">
      {fresh > 0 && (
        <button type="button" onClick={show}>
          {number(fresh)} new: show
        </button>
      )}
    </span>
  )
}
