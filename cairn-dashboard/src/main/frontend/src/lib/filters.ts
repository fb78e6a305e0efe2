import type { State } from '../api'

export const states: State[] = [
  'running',
  'available',
  'retryable',
  'scheduled',
  'pending',
  'completed',
  'cancelled',
  'discarded',
]

/** What a list of jobs is narrowed to. Several values of one field are alternatives. */
export interface Filters {
  state: string[]
  kind: string[]
  queue: string[]
  tag: string[]
  priority: string[]
  client: string[]
  id: string[]
  createdFrom: string
  createdTo: string
  finalizedFrom: string
  finalizedTo: string
  order: string
  dir: string
  sort: string
}

export const listFields = ['state', 'kind', 'queue', 'tag', 'priority', 'client', 'id'] as const
export const timeFields = ['createdFrom', 'createdTo', 'finalizedFrom', 'finalizedTo'] as const
const singleFields = [...timeFields, 'order', 'dir', 'sort'] as const

export type ListField = (typeof listFields)[number]
export type TimeField = (typeof timeFields)[number]

export const noFilters: Filters = {
  state: [],
  kind: [],
  queue: [],
  tag: [],
  priority: [],
  client: [],
  id: [],
  createdFrom: '',
  createdTo: '',
  finalizedFrom: '',
  finalizedTo: '',
  order: '',
  dir: '',
  sort: '',
}

export function fromQuery(query: URLSearchParams): Filters {
  const filters: Filters = { ...noFilters }
  for (const field of listFields) filters[field] = [...new Set(query.getAll(field))]
  for (const field of singleFields) filters[field] = query.get(field) ?? ''
  // The worst jobs are those of all jobs: filters take the place of such an order.
  return narrows(filters) ? { ...filters, sort: '' } : filters
}

export function toQuery(filters: Partial<Filters>): URLSearchParams {
  const query = new URLSearchParams()
  for (const field of listFields) {
    for (const value of filters[field] ?? []) query.append(field, value)
  }
  for (const field of singleFields) {
    const value = filters[field]
    if (value) query.set(field, value)
  }
  return query
}

/** Whether anything but the order is set. */
export function narrows(filters: Filters): boolean {
  return (
    listFields.some((field) => filters[field].length > 0) ||
    timeFields.some((field) => filters[field] !== '')
  )
}

export function toggled(filters: Filters, field: ListField, value: string): Filters {
  const had = filters[field].includes(value)
  const values = had ? filters[field].filter((one) => one !== value) : [...filters[field], value]
  return { ...filters, [field]: values }
}

/** Arguments and metadata to search for. They never stand in an address, so the history keeps them beside it. */
export interface Contents {
  args: string
  metadata: string
}

export const noContents: Contents = { args: '', metadata: '' }

export function contentsOf(state: unknown): Contents {
  const found = (state as { contents?: Partial<Contents> } | null)?.contents
  return {
    args: typeof found?.args === 'string' ? found.args : '',
    metadata: typeof found?.metadata === 'string' ? found.metadata : '',
  }
}
