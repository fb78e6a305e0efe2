import { useEffect, useRef, useState } from 'react'
import { below } from './base'
import { isOlder, pauseAfter, pauseAfterTrouble, runClock, serverSays } from './clock'
import { asTrouble, getJson, type Trouble, troubleOf } from './http'
import { Store, useStore } from './store'

/** What a live view knows: the newest data, and why it is not newer. */
export interface Live<T> {
  data: T | null
  trouble: Trouble | null
}

/** Whether the reader stopped all live updates. */
export const paused = new Store(false)
/** Whether somebody can see the page. */
export const visible = new Store(document.visibilityState !== 'hidden')
/** What keeps any live view of the page from its data. */
export const trouble = new Store<Trouble | null>(null)

document.addEventListener('visibilitychange', () => {
  visible.set(document.visibilityState !== 'hidden')
})

function adjustClock(): void {
  runClock(!paused.get() && visible.get())
}

paused.subscribe(adjustClock)
visible.subscribe(adjustClock)
adjustClock()

const longestWait = 10_000
const pollInterval = 3000

/** Follows one address by server-sent events, and by plain requests where these fail. */
class Follower<T extends { now?: string }> {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly abort = new AbortController()
  private failures = 0

  constructor(
    private readonly path: string,
    private readonly onData: (data: T) => void,
    private readonly onTrouble: (trouble: Trouble | null) => void,
  ) {
    this.listen()
  }

  stop(): void {
    this.abort.abort()
    this.source?.close()
    clearTimeout(this.timer)
  }

  private listen(): void {
    const source = new EventSource(below(this.path))
    this.source = source
    source.addEventListener('data', (event) => this.arrived(JSON.parse(event.data) as T))
    source.addEventListener('trouble', (event) => this.onTrouble(troubleOf(event.data, 503)))
    source.addEventListener('error', () => {
      source.close()
      void this.ask()
    })
  }

  /** An EventSource does not say why it failed, so a plain request asks. */
  private async ask(): Promise<void> {
    try {
      this.arrived(await getJson<T>(this.path, this.abort.signal))
      this.again(500, () => this.listen())
    } catch (e) {
      if (this.abort.signal.aborted) return
      this.failed(asTrouble(e))
    }
  }

  private failed(why: Trouble): void {
    this.failures++
    if (why.code === 'too_many') {
      this.again(pollInterval, () => void this.ask())
      return
    }
    this.onTrouble(why)
    const wait = Math.min(longestWait, 500 * 2 ** Math.min(this.failures, 6))
    this.again(wait, () => void this.ask())
  }

  private again(wait: number, what: () => void): void {
    clearTimeout(this.timer)
    if (!this.abort.signal.aborted) {
      this.timer = setTimeout(what, wait)
    }
  }

  private arrived(data: T): void {
    this.failures = 0
    if (data.now) serverSays(data.now)
    this.onData(data)
    this.onTrouble(null)
  }
}

/** The data at an address below the base, kept up to date unless paused or hidden. Null follows nothing. */
export function useLive<T extends { now?: string }>(path: string | null): Live<T> {
  const [held, setHeld] = useState<Live<T> & { path: string | null }>({
    path: null,
    data: null,
    trouble: null,
  })
  const stopped = useStore(paused)
  const seen = useStore(visible)
  const known = held.path === path
  // While paused, a view that has no data yet is still read once.
  const follow = path !== null && seen && !(stopped && known && held.data !== null)

  useEffect(() => {
    if (!follow || path === null) return
    const set = (change: Partial<Live<T>>) =>
      setHeld((old) =>
        old.path === path ? { ...old, ...change } : { path, data: null, trouble: null, ...change },
      )
    const follower = new Follower<T>(
      path,
      // A stream that is joined again begins with what it saw last, which may be older than what is shown.
      (data) =>
        setHeld((old) =>
          old.path === path && isOlder(data.now, old.data?.now)
            ? old
            : { path, data, trouble: null },
        ),
      (why) => {
        set({ trouble: why })
        trouble.set(why)
      },
    )
    return () => {
      follower.stop()
      trouble.set(null)
    }
  }, [path, follow])

  return known ? held : { data: null, trouble: null }
}

/** The data of one request, asked again when the address or `version` changes. */
export function useOnce<T>(path: string | null, version = 0): Live<T> & { loading: boolean } {
  const key = `${path} ${version}`
  const [held, setHeld] = useState<Live<T> & { key: string }>({
    key: '',
    data: null,
    trouble: null,
  })
  useEffect(() => {
    if (path === null) return
    const abort = new AbortController()
    const key = `${path} ${version}`
    getJson<T>(path, abort.signal)
      .then((data) => setHeld({ key, data, trouble: null }))
      .catch((e) => {
        if (!abort.signal.aborted) setHeld({ key, data: null, trouble: asTrouble(e) })
      })
    return () => abort.abort()
  }, [path, version])
  return held.key === key
    ? { ...held, loading: false }
    : { data: null, trouble: null, loading: path !== null }
}

/** As an interval: what is answered is not asked again. */
export const never = 86_400_000

/** As an interval: asked only when the reader wants it, and not again by itself if that failed. */
export const onRequest = Number.POSITIVE_INFINITY

/**
 * Asks again and again while the page is live, and more seldom what takes the server long. `key`
 * names the question; a null key asks nothing. Another `version` asks the same anew, and keeps the
 * data until there are new ones.
 */
export function usePolled<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
  version = 0,
): Live<T> {
  const [held, setHeld] = useState<Live<T> & { key: string | null; version: number }>({
    key: null,
    version,
    data: null,
    trouble: null,
  })
  const question = useRef(ask)
  useEffect(() => {
    question.current = ask
  })
  const stopped = useStore(paused)
  const seen = useStore(visible)
  const known = held.key === key
  const asked = known && held.version === version
  const enough = held.data !== null && (stopped || (everyMs >= never && held.trouble === null))
  const done = asked && (everyMs === onRequest || enough)
  const follow = key !== null && seen && !done
  useEffect(() => {
    if (!follow || key === null) return
    const abort = new AbortController()
    let timer: ReturnType<typeof setTimeout>
    const round = async () => {
      const begun = performance.now()
      let pause = everyMs
      try {
        setHeld({ key, version, data: await question.current(abort.signal), trouble: null })
        pause = pauseAfter(performance.now() - begun, everyMs)
      } catch (e) {
        if (abort.signal.aborted) return
        pause = pauseAfterTrouble(performance.now() - begun, everyMs)
        setHeld((old) => ({
          key,
          version,
          data: old.key === key ? old.data : null,
          trouble: asTrouble(e),
        }))
      }
      if (!abort.signal.aborted && everyMs !== onRequest) {
        timer = setTimeout(() => void round(), pause)
      }
    }
    void round()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key, version, follow, everyMs])
  return known ? held : { data: null, trouble: null }
}
