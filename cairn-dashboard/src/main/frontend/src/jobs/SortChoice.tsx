import { type Contents, type Filters, noContents, noFilters } from '../lib/filters'

const choices: { value: string; text: string; order?: string; dir?: string; sort?: string }[] = [
  { value: 'newest', text: 'newest first' },
  { value: 'oldest', text: 'oldest first', order: 'id', dir: 'asc' },
  { value: 'time', text: 'by time, latest first', order: 'time', dir: 'desc' },
  { value: 'time-asc', text: 'by time, earliest first', order: 'time', dir: 'asc' },
  { value: 'stalled', text: 'stalled longest', sort: 'stalled' },
  { value: 'crashes', text: 'most takeovers', sort: 'crashes' },
  { value: 'quarantined', text: 'most quarantined', sort: 'quarantined' },
]

interface SortChoiceProps {
  filters: Filters
  change: (filters: Filters, contents?: Contents) => void
}

/** The order of the list. Those that are worst in something are sought among all jobs, without filters. */
export function SortChoice({ filters, change }: SortChoiceProps) {
  const current = choices.find(
    ({ order = '', dir = '', sort = '' }) =>
      sort === filters.sort && (sort !== '' || (order === filters.order && dir === filters.dir)),
  )
  return (
    <label className="sort">
      <span className="unseen">Order</span>
      <select
        value={current?.value ?? 'newest'}
        onChange={(event) => {
          const {
            order = '',
            dir = '',
            sort = '',
          } = choices.find(({ value }) => value === event.currentTarget.value) ?? {}
          if (sort) change({ ...noFilters, sort }, noContents)
          else change({ ...filters, order, dir, sort })
        }}
      >
        {choices.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
