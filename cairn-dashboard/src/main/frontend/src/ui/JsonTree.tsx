import { useMemo, useState } from 'react'
import { number } from '../lib/format'
import { type Json, parsed } from '../lib/json'
import { DataText } from './DataText'

const most = 100

/** JSON from the database as a tree to open, with every number as it is stored; or as text if it is none. */
export function JsonTree({ json, open = true }: { json: string; open?: boolean }) {
  const value = useMemo(() => parsed(json), [json])
  return (
    <div className="json">
      {value ? <Node value={value} open={open} /> : <DataText value={json} limit={2000} />}
    </div>
  )
}

function Node({ name, value, open }: { name?: string; value: Json; open: boolean }) {
  if (value.type === 'object' || value.type === 'array') {
    return <Branch name={name} value={value} open={open} />
  }
  return (
    <div className="json-leaf">
      <Name name={name} />
      <Leaf value={value} />
    </div>
  )
}

function Leaf({ value }: { value: Json }) {
  switch (value.type) {
    case 'string':
      return (
        <span className="json-string">
          "<DataText value={value.value} limit={300} />"
        </span>
      )
    case 'number':
      return (
        <span className="json-number">
          <DataText value={value.text} />
        </span>
      )
    case 'literal':
      return <span className="json-literal">{value.text}</span>
    default:
      return null
  }
}

function Name({ name }: { name?: string }) {
  return name === undefined ? null : (
    <>
      <span className="json-name">
        <DataText value={name} limit={120} still />
      </span>
      :{' '}
    </>
  )
}

interface BranchProps {
  name?: string
  value: Extract<Json, { type: 'object' | 'array' }>
  open: boolean
}

function Branch({ name, value, open }: BranchProps) {
  const [opened, setOpened] = useState(open)
  const [limit, setLimit] = useState(most)
  const children: [string, Json][] =
    value.type === 'object'
      ? value.entries
      : value.items.map((item, index) => [String(index), item] as [string, Json])
  const [left, right] = value.type === 'object' ? '{}' : '[]'
  if (children.length === 0) {
    return (
      <div className="json-leaf">
        <Name name={name} />
        <span className="dim">
          {left}
          {right}
        </span>
      </div>
    )
  }
  return (
    <details
      className="json-branch"
      open={opened}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        <Name name={name} />
        <span className="dim">
          {left}
          {opened ? '' : `${number(children.length)}${right}`}
        </span>
      </summary>
      {opened && (
        <div className="json-children">
          {children.slice(0, limit).map(([key, child]) => (
            <Node key={key} name={key} value={child} open={false} />
          ))}
          {children.length > limit && (
            <button type="button" className="more" onClick={() => setLimit(limit + 10 * most)}>
              show more ({number(children.length - limit)} left)
            </button>
          )}
        </div>
      )}
    </details>
  )
}
