import { useMemo, useSyncExternalStore } from 'react'
import type { LinkQuery, View } from '../api'
import { basePath } from './base'
import { type Filters, toQuery } from './filters'
import { type Route, routeOf } from './routes'

/** Where the page is: the path below the base, the query, and what the history entry keeps beside its address. */
export interface Place {
  path: string
  search: string
  state: unknown
}

let current = read()
const listeners = new Set<() => void>()

function read(): Place {
  const { pathname, search } = window.location
  const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : ''
  return { path, search, state: window.history.state }
}

function changed(): void {
  current = read()
  for (const listener of [...listeners]) listener()
}

window.addEventListener('popstate', changed)

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Goes to an address below the base, e.g. `jobs/42?track=all`. */
export function go(to: string, options: { replace?: boolean; state?: unknown } = {}): void {
  const before = current.path
  const method = options.replace ? 'replaceState' : 'pushState'
  window.history[method](options.state ?? null, '', basePath + to)
  changed()
  if (current.path !== before && !options.replace) {
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
