import {
  type Contents,
  type Filters,
  type ListField,
  noContents,
  noFilters,
  type TimeField,
  timeFields,
  toggled,
} from '../lib/filters'
import { absolute, millis } from '../lib/format'
import { DataText } from '../ui/DataText'

interface ChipsProps {
  filters: Filters
  contents: Contents
  change: (filters: Filters, contents: Contents) => void
}

const lists: ListField[] = ['kind', 'queue', 'tag', 'priority', 'client', 'id']
const timeNames: Record<TimeField, string> = {
  createdFrom: 'created since',
  createdTo: 'created until',
  finalizedFrom: 'ended since',
  finalizedTo: 'ended until',
}

/** What narrows the list, each to be taken away. */
export function Chips({ filters, contents, change }: ChipsProps) {
  const chips = [
    ...lists.flatMap((field) =>
      filters[field].map((value) => ({
        name: field as string,
        value,
        drop: () => change(toggled(filters, field, value), contents),
      })),
    ),
    ...timeFields
      .filter((field) => filters[field] !== '')
      .map((field) => ({
        name: timeNames[field],
        value: absolute(millis(filters[field])) || filters[field],
        drop: () => change({ ...filters, [field]: '' }, contents),
      })),
    ...(['args', 'metadata'] as const)
      .filter((field) => contents[field] !== '')
      .map((field) => ({
        name: `${field} contain`,
        value: contents[field],
        drop: () => change(filters, { ...contents, [field]: '' }),
      })),
  ]
  if (chips.length === 0) {
    return null
  }
  return (
    <ul className="chips" aria-label="Filters">
      {chips.map(({ name, value, drop }) => (
        <li key={`${name} ${value}`}>
          <button type="button" className="chip" onClick={drop}>
            <span className="dim">{name}</span> <DataText value={value} limit={60} still />
            <span aria-hidden="true"> ×</span>
            <span className="unseen">, take away</span>
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          className="more"
          onClick={() => change({ ...noFilters, state: filters.state }, noContents)}
        >
          clear
        </button>
      </li>
    </ul>
  )
}
