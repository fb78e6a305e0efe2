import { useMemo, useSyncExternalStore } from 'react'
import type { LinkQuery, View } from '../api'
import { basePath } from './base'
import { type Filters, toQuery } from './filters'
import { type Route, routeOf } from './routes'
import { keepPlace, storeSeen } from './seen'

/** How the reader came to an entry of the history: by loading the page, by a link, or by the browser's buttons. */
export type Way = 'load' | 'link' | 'history'

/** Where the page is: the path below the base, the query, and what the history entry keeps beside its address. */
export interface Place {
  path: string
  search: string
  state: unknown
  /** The name of the entry. */
  entry: string
  way: Way
}

// The browser would scroll before the data are there.
window.history.scrollRestoration = 'manual'
let current = read('load')
const listeners = new Set<() => void>()

function read(way: Way): Place {
  const { pathname, search } = window.location
  const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : ''
  const state = named(window.history.state)
  if (state !== window.history.state) window.history.replaceState(state, '')
  return { path, search, state, entry: state.entry, way }
}

function named(state: { entry?: unknown } | null): { entry: string } {
  const entry = state?.entry
  return typeof entry === 'string' ? (state as { entry: string }) : { ...state, entry: newName() }
}

function newName(): string {
  return Math.random().toString(36).slice(2)
}

function changed(way: Way): void {
  current = read(way)
  for (const listener of [...listeners]) listener()
}

window.addEventListener('popstate', () => {
  // The address is that of the other entry already, and the page still shows this one.
  keepPlace(current.entry)
  changed('history')
})
window.addEventListener('pagehide', () => {
  keepPlace(current.entry)
  storeSeen()
})

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

interface GoOptions {
  replace?: boolean
  state?: unknown
  /** The link that was followed. */
  link?: HTMLAnchorElement
}

/** Goes to an address below the base, e.g. `jobs/42?track=all`. */
export function go(to: string, options: GoOptions = {}): void {
  const { path: before, entry, way } = current
  const state = { ...(options.state as object | null | undefined) }
  if (options.replace) {
    window.history.replaceState({ ...state, entry }, '', basePath + to)
    changed(way)
    return
  }
  keepPlace(entry, options.link)
  window.history.pushState({ ...state, entry: newName() }, '', basePath + to)
  changed('link')
  if (current.path !== before) {
    window.scrollTo(0, 0)
  }
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, () => current)
}

export function useRoute(): Route {
  const { path } = usePlace()
  return useMemo(() => routeOf(path), [path])
}

/** One parameter of the query, with a setter that leaves the others and adds no step to the history. */
export function useParam(name: string): [string | null, (value: string | null) => void] {
  const { path, search, state } = usePlace()
  const value = new URLSearchParams(search).get(name)
  const set = (next: string | null) => {
    const query = new URLSearchParams(search)
    if (next === null) query.delete(name)
    else query.set(name, next)
    go(withQuery(path, query), { replace: true, state })
  }
  return [value, set]
}

export function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/** The address of a job. Ids are text from the database, so it is encoded like all data. */
export function jobPath(id: string): string {
  return `jobs/${encodeURIComponent(id)}`
}

/** The address of a client among the others. */
export function clientPath(id: string): string {
  return withQuery('clients', new URLSearchParams({ id }))
}

/** The form for a new job, with another one as template. */
export function insertPath(from: string | null = null): string {
  return from === null ? 'insert' : withQuery('insert', new URLSearchParams({ from }))
}

export function jobsPath(filters: Partial<Filters>): string {
  return withQuery('jobs', toQuery(filters))
}

/** The address of a link that the server sent. */
export function linkPath(view: View, query: LinkQuery | null | undefined, jobId?: string | null) {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => [name, String(one)] as [string, string]),
  )
  if (view === 'job') {
    const id = jobId ?? entries.find(([name]) => name === 'id' || name === 'jobId')?.[1] ?? ''
    return jobPath(id)
  }
  return withQuery(view, new URLSearchParams(entries))
}
