import { Store, useStore } from './store'

/**
 * The time by the database's clock, which all times on the page are compared with. It stands still while the page is
 * paused.
 */
const shown = new Store(Date.now())
let ahead = 0
let frozen = false
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  shown.set(Date.now() + ahead)
}

/** Called with the `now` of each answer. */
export function serverSays(now: string): void {
  const at = Date.parse(now)
  if (!Number.isNaN(at) && !frozen) {
    ahead = at - Date.now()
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

/** How long to wait before the next question, so that each open page takes a hundredth of the server at most. */
export function pauseAfter(tookMs: number, everyMs: number): number {
  return Math.max(everyMs, Math.min(longestPause, 99 * tookMs))
}
