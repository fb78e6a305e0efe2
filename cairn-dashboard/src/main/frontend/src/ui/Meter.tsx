import { duration, number, percent, rate, share } from '../lib/format'

interface MeterProps {
  /** What is measured, for those who hear the page. */
  label: string
  done: string | null
  total: string | null
  rate?: number | null
  timeLeftMs?: number | null
}

/** How far something is: a bar if the end is known, and the figures in any case. */
export function Meter({ label, done, total, rate: speed, timeLeftMs }: MeterProps) {
  const part = share(done, total)
  if (done === null && part === null) {
    return null
  }
  return (
    <span className="meter">
      {part !== null && (
        <span
          className="meter-bar"
          role="progressbar"
          aria-label={label}
          aria-valuenow={Math.floor(part * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <span className="meter-fill" style={{ width: `${part * 100}%` }} />
        </span>
      )}
      <span className="meter-text">
        {part !== null && <b>{percent(part)}</b>} {done !== null && number(done)}
        {total !== null && <span className="dim"> of {number(total)}</span>}
        {speed != null && <span className="dim"> · {rate(speed)}</span>}
        {timeLeftMs != null && <span className="dim"> · {duration(timeLeftMs)} left</span>}
      </span>
    </span>
  )
}
