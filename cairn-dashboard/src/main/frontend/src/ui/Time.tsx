import { serverNow, useNow } from '../lib/clock'
import { absolute, duration, millis, relative } from '../lib/format'
import { Remembered, useStore } from '../lib/store'

/** Whether times are shown as an age or as date and time. */
export const timeStyle = new Remembered<'relative' | 'absolute'>('cairn-times', 'relative', [
  'relative',
  'absolute',
])

/** A point in time, relative to now, with date and time on hover; or the other way round. */
export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow()
  const style = useStore(timeStyle)
  const ms = millis(at)
  if (!at || Number.isNaN(ms)) {
    return <span className="dim">never</span>
  }
  const [shown, other] =
    style === 'relative' ? [relative(ms, now), absolute(ms)] : [absolute(ms), relative(ms, now)]
  return (
    <time dateTime={at} title={`${other} (${at})`}>
      {shown}
    </time>
  )
}

/** A point in time as text, for titles and for those who only hear the page. */
export function useTimeText(at: string): string {
  const now = useNow()
  const ms = millis(at)
  return useStore(timeStyle) === 'relative' ? relative(ms, now) : absolute(ms)
}

/** A length of time that grows from an instant on until another, or until now. */
export function Since({ from, to }: { from: string; to?: string | null }) {
  const now = useNow()
  const end = to ? millis(to) : now
  return (
    <time dateTime={from} title={`since ${absolute(millis(from))}`}>
      {duration(Math.max(0, end - millis(from)))}
    </time>
  )
}

export function minutesAgo(at: string | null): number {
  return at ? (serverNow() - millis(at)) / 60_000 : Number.POSITIVE_INFINITY
}
