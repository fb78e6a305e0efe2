import { useEffect } from 'react'
import { focus, toHeading } from './focus'
import { type Place, usePlace } from './router'
import { isWaiting, linkOf, nowShown, type Seen, seenAt } from './seen'

const patience = 10_000
const acts = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const

/**
 * Brings the reader to the right place of a page: on the way back to where it was left, by an address to what that
 * names, and else to its heading.
 */
export function useArrival(): void {
  const place = usePlace()
  const { entry, path } = place
  // biome-ignore lint/correctness/useExhaustiveDependencies: one arrival for each entry, and for each page
  useEffect(() => arrive(place), [entry, path])
}

let before: string | null = null

function arrive({ entry, path, way }: Place): () => void {
  const isNew = path !== before
  before = path
  const seen = way === 'link' ? undefined : seenAt(entry)
  if (isNew && way !== 'load') toHeading()
  return onceThere(() => {
    nowShown(entry)
    if (seen) return restore(seen, way === 'history')
    const named = document.querySelector('main [data-here]')
    if (named && isNew && focus(named)) named.scrollIntoView({ block: 'center' })
    return true
  })
}

/** Whether the page is as it was left. */
function restore({ y = 0, link }: Seen, withFocus: boolean): boolean {
  const followed = withFocus && link ? linkOf(link) : undefined
  if (followed && link) {
    focus(followed)
    window.scrollBy(0, followed.getBoundingClientRect().top - link.top)
    return true
  }
  window.scrollTo(0, y)
  return Math.abs(window.scrollY - y) < 2
}

/** Tries when the data are there, and whenever there is more, until it succeeds or the reader does something. */
function onceThere(attempt: () => boolean): () => void {
  const look = () => {
    if (!isWaiting() && attempt()) stop()
  }
  const observer = new MutationObserver(look)
  const timer = setTimeout(stop, patience)
  function stop() {
    observer.disconnect()
    clearTimeout(timer)
    for (const act of acts) window.removeEventListener(act, stop)
  }
  observer.observe(document.body, { subtree: true, childList: true })
  for (const act of acts) window.addEventListener(act, stop, { passive: true })
  look()
  return stop
}
