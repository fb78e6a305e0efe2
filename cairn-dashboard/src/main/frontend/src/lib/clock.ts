import { Store, useStore } from './store'

/**
 * The time by the database's clock, which all times on the page are compared with. It stands still while the page is
 * paused.
 */
const shown = new Store(Date.now())
let ahead: number | null = null
let frozen = false
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  shown.set(Date.now() + (ahead ?? 0))
}

/** No event is older when it arrives, because a live view looks at least once a minute. */
const oldest = 90_000

/** Whether an answer was given before another one, to judge by their `now`. */
export function isOlder(now: string | undefined, other: string | undefined): boolean {
  return Date.parse(now ?? '') < Date.parse(other ?? '')
}

/**
 * Whether an event of a stream is too old to be shown. Either the server has not looked for a while, or the clock of
 * the database was set: a plain answer tells.
 */
export function isStale(now: string | undefined): boolean {
  return ahead !== null && Date.now() + ahead - Date.parse(now ?? '') > oldest
}

/** As much the two clocks may be set or rounded within a request. */
const slack = 1000

/**
 * Called with the `now` of each answer. The one that was fastest to arrive is nearest to the truth. The clock is turned
 * back only by an answer that was surely read later than this page had `asked`: then one of the two clocks was set.
 */
export function serverSays(now: string, asked?: number): void {
  const at = Date.parse(now)
  if (Number.isNaN(at)) return
  const by = at - Date.now()
  const wasSet = ahead !== null && asked !== undefined && at - asked < ahead - slack
  if (ahead === null || by > ahead || wasSet) ahead = by
  if (!frozen) tick()
  // What is read while the page is paused, such as another page, must not lie in the future.
  else if (at > shown.get()) shown.set(at)
}

export function runClock(run: boolean): void {
  frozen = !run
  clearInterval(timer)
  if (run) {
    tick()
    timer = setInterval(tick, 1000)
  }
}

export function serverNow(): number {
  return shown.get()
}

/** The server's time, once a second. */
export function useNow(): number {
  return useStore(shown)
}

const longestPause = 300_000

/** How long to wait after a question that was not answered: seldom if it took the server long. */
export function pauseAfterTrouble(tookMs: number, everyMs: number): number {
  return Math.max(Math.min(everyMs, 10_000), Math.min(60_000, 99 * tookMs))
}

/** How long to wait before the next question, so that each open page takes a hundredth of the server at most. */
export function pauseAfter(tookMs: number, everyMs: number): number {
  return Math.max(everyMs, Math.min(longestPause, 99 * tookMs))
}
