import { TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import { serverNow } from '../lib/clock'
import { type Contents, type Filters, listFields } from '../lib/filters'
import { useKeys } from '../lib/keys'
import { useOnce } from '../lib/live'
import { go, jobPath } from '../lib/router'
import { typed } from '../lib/search'
import { isPlain } from '../lib/text'
import { Icon } from '../ui/Icon'

interface SearchBoxProps {
  filters: Filters
  contents: Contents
  change: (filters: Filters, contents: Contents) => void
}

/** Turns what is typed into filters. A bare number opens that job. */
export function SearchBox({ filters, contents, change }: SearchBoxProps) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const input = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => input.current?.focus() })

  const search = () => {
    const found = typed(text, serverNow())
    setProblem(found.problem)
    if (found.problem) return
    const ids = found.filters.id ?? []
    setText('')
    if (ids.length === 1 && /^\d+$/.test(text.trim())) {
      go(jobPath(ids[0] ?? ''))
    } else {
      change(joined(filters, found.filters), { ...contents, ...found.contents })
    }
  }

  return (
    <search className="search">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          search()
        }}
      >
        <TextInput
          ref={input}
          aria-label="Search jobs"
          placeholder="id, kind:import, queue:mail, tag:, since:2h, args:{…}"
          leftSection={<Icon name="search" />}
          rightSection={<kbd>/</kbd>}
          value={text}
          error={problem}
          list="kinds"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setProblem(null)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') input.current?.blur()
          }}
        />
        <Kinds text={text} />
      </form>
    </search>
  )
}

/** Suggests kinds while a kind is typed. */
function Kinds({ text }: { text: string }) {
  const prefix = /(?:^|\s)kind:([^\s"]*)$/.exec(text)?.[1]
  const path = prefix === undefined ? null : `api/kinds?prefix=${encodeURIComponent(prefix)}`
  const { data } = useOnce<{ kinds: string[] }>(path)
  const before = prefix ? text.slice(0, -prefix.length) : text
  return (
    <datalist id="kinds">
      {data?.kinds
        .filter(isPlain)
        .slice(0, 50)
        .map((kind) => (
          <option
            key={kind}
            value={before + (/^[^\s"]+$/.test(kind) ? kind : JSON.stringify(kind))}
          />
        ))}
    </datalist>
  )
}

function joined(filters: Filters, more: Partial<Filters>): Filters {
  const result = { ...filters, ...more }
  for (const field of listFields) {
    result[field] = [...new Set([...filters[field], ...(more[field] ?? [])])]
  }
  return result
}
