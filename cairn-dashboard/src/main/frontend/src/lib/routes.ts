/** A page of the dashboard. */
export type Route =
  | {
      page:
        | 'overview'
        | 'jobs'
        | 'queues'
        | 'periodic'
        | 'clients'
        | 'quarantine'
        | 'health'
        | 'insert'
        | 'nowhere'
    }
  | { page: 'job'; id: string }

const pages = ['jobs', 'queues', 'periodic', 'clients', 'quarantine', 'health', 'insert'] as const

export function routeOf(path: string): Route {
  const [first = '', second, third] = path.replace(/\/$/, '').split('/')
  if (first === '' && second === undefined) {
    return { page: 'overview' }
  }
  if (first === 'jobs' && second !== undefined && third === undefined) {
    const id = decode(second)
    return id !== null && /^-?\d{1,20}$/.test(id) ? { page: 'job', id } : { page: 'nowhere' }
  }
  const page = pages.find((name) => name === first)
  return page && second === undefined ? { page } : { page: 'nowhere' }
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
