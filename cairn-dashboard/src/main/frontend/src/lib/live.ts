import { useEffect, useRef, useState } from 'react'
import { pauseAfter, pauseAfterTrouble, runClock } from './clock'
import { Follower } from './follower'
import { asTrouble, getJson, type Trouble } from './http'
import { Store, useStore } from './store'
import { mayPass, tell } from './troubles'

/** What a live view knows: the newest data, and why it is not newer. */
export interface Live<T> {
  data: T | null
  trouble: Trouble | null
}

/** Whether the reader stopped all live updates. */
export const paused = new Store(false)
/** Whether somebody can see the page. */
export const visible = new Store(document.visibilityState !== 'hidden')

document.addEventListener('visibilitychange', () => {
  visible.set(document.visibilityState !== 'hidden')
})

function adjustClock(): void {
  runClock(!paused.get() && visible.get())
}

paused.subscribe(adjustClock)
visible.subscribe(adjustClock)
adjustClock()

/** The data at an address below the base, kept up to date unless paused or hidden. Null follows nothing. */
export function useLive<T extends { now?: string }>(path: string | null): Live<T> {
  const [held, setHeld] = useState<Live<T> & { path: string | null }>({
    path: null,
    data: null,
    trouble: null,
  })
  const shown = useRef(held)
  useEffect(() => {
    shown.current = held
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
    const view = {}
    const { current } = shown
    const follower = new Follower<T>(
      path,
      current.path === path ? current.data?.now : undefined,
      (data) => setHeld({ path, data, trouble: null }),
      (why) => {
        set({ trouble: why })
        tell(view, why)
      },
    )
    return () => {
      follower.stop()
      tell(view, null)
    }
  }, [path, follow])

  return known ? held : { data: null, trouble: null }
}

const onceAgain = 10_000

/** The data of one request, asked again when the address or `version` changes, or if there was no answer. */
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
    let timer: ReturnType<typeof setTimeout>
    const round = async () => {
      const begun = performance.now()
      try {
        setHeld({ key, data: await getJson<T>(path, abort.signal), trouble: null })
      } catch (e) {
        if (abort.signal.aborted) return
        const why = asTrouble(e)
        setHeld({ key, data: null, trouble: why })
        if (mayPass(why)) {
          timer = setTimeout(next, pauseAfterTrouble(performance.now() - begun, onceAgain))
        }
      }
    }
    const next = () => {
      // Nothing is asked for a page that nobody can see.
      if (visible.get()) void round()
      else timer = setTimeout(next, onceAgain)
    }
    void round()
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
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
 * data until there are new ones. `tells` is whether the frame of the page says that there is no
 * answer; without it, or on request, the caller does.
 */
export function usePolled<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  everyMs: number,
  version = 0,
  tells = true,
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
    const view = {}
    const round = async () => {
      const begun = performance.now()
      let pause = everyMs
      try {
        setHeld({ key, version, data: await question.current(abort.signal), trouble: null })
        tell(view, null)
        pause = pauseAfter(performance.now() - begun, everyMs)
      } catch (e) {
        if (abort.signal.aborted) return
        pause = pauseAfterTrouble(performance.now() - begun, everyMs)
        const why = asTrouble(e)
        setHeld((old) => ({ key, version, data: old.key === key ? old.data : null, trouble: why }))
        // A question that is wrong is no lack of contact.
        const lost = mayPass(why) || why.code === 'unauthenticated'
        tell(view, tells && lost && everyMs !== onRequest ? why : null)
      }
      if (!abort.signal.aborted && everyMs !== onRequest) {
        timer = setTimeout(() => void round(), pause)
      }
    }
    void round()
    return () => {
      abort.abort()
      clearTimeout(timer)
      tell(view, null)
    }
  }, [key, version, follow, everyMs, tells])
  return known ? held : { data: null, trouble: null }
}
