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

/** No answer is older when it arrives, because a live view looks at least once a minute. */
const oldest = 90_000

/**
 * Whether an answer was given before another one, to judge by their `now`. If it is earlier by far, the clock of the
 * database was set, and it counts as the newer one.
 */
export function isOlder(now: string | undefined, other: string | undefined): boolean {
  const by = Date.parse(other ?? '') - Date.parse(now ?? '')
  return by > 0 && by < oldest
}

/** Called with the `now` of each answer. The one that was fastest to arrive is nearest to the truth. */
export function serverSays(now: string): void {
  const at = Date.parse(now)
  if (!Number.isNaN(at) && !frozen) {
    const by = at - Date.now()
    if (ahead === null || by > ahead || by < ahead - oldest) ahead = by
    tick()
  }
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
