import { type Contents, type Filters, type ListField, states, type TimeField } from './filters'

/** What typing into the search box says: filters to add, contents to look for, or what is wrong with it. */
export interface Typed {
  filters: Partial<Filters>
  contents: Partial<Contents>
  problem: string | null
}

const lists: Record<string, ListField> = {
  state: 'state',
  kind: 'kind',
  queue: 'queue',
  tag: 'tag',
  priority: 'priority',
  client: 'client',
  id: 'id',
}

const times: Record<string, TimeField> = {
  since: 'createdFrom',
  until: 'createdTo',
  'ended-since': 'finalizedFrom',
  'ended-until': 'finalizedTo',
}

const units: Record<string, number> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Reads `kind:import queue:"my queue" since:2h args:{"a": 1} 42`. A bare number is an id, a bare word a kind. */
export function typed(text: string, now: number): Typed {
  const result: Typed = { filters: {}, contents: {}, problem: null }
  for (const word of words(text)) {
    result.problem ??= take(word, result, now)
  }
  return result
}

function take({ name, value }: Word, into: Typed, now: number): string | null {
  if (value === '') {
    return `'${name}:' needs a value.`
  }
  if (name === 'args' || name === 'metadata') {
    into.contents[name] = value
    return jsonProblem(name, value)
  }
  if (name in times) {
    const at = instant(value, now)
    into.filters[times[name] as TimeField] = at ?? ''
    return at ? null : `'${value}' is no time: use 30min, 2h, 3d or 2026-11-27T08:00.`
  }
  const field = name === '' ? (/^\d+$/.test(value) ? 'id' : 'kind') : lists[name]
  if (!field) {
    return `There is no '${name}:'. Use kind, queue, state, tag, priority, client, id, since, until, args or metadata.`
  }
  if (field === 'state' && !states.some((state) => state === value)) {
    return `There is no state '${value}'. States are ${states.join(', ')}.`
  }
  if ((field === 'id' || field === 'priority') && !/^\d{1,19}$/.test(value)) {
    return `'${field}:' needs a number.`
  }
  into.filters[field] = [...(into.filters[field] ?? []), value]
  return null
}

function jsonProblem(name: string, value: string): string | null {
  try {
    JSON.parse(value)
    return null
  } catch {
    return `'${name}:' needs JSON that the ${name} contain, such as ${name}:{"customer": "acme"}.`
  }
}

/** A point in time: an age such as `2h`, or a date with or without a time. */
export function instant(value: string, now: number): string | null {
  const age = /^(\d{1,6})(s|min|m|h|d|w)$/.exec(value)
  if (age) {
    return new Date(now - Number(age[1]) * (units[age[2] ?? ''] ?? 0) * 1000).toISOString()
  }
  // A date alone would be one of UTC, while all other times of the page are local.
  const local = /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00` : value
  const at = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(local) : Number.NaN
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

interface Word {
  name: string
  value: string
}

function words(text: string): Word[] {
  const found: Word[] = []
  let rest = text.trim()
  while (rest !== '') {
    const name = /^([a-z-]+):/.exec(rest)?.[1] ?? ''
    if (name !== '') rest = rest.slice(name.length + 1)
    const length = /^[[{]/.test(rest) ? jsonLength(rest) : wordLength(rest)
    found.push({ name, value: unquoted(rest.slice(0, length)) })
    rest = rest.slice(length).trim()
  }
  return found
}

function wordLength(text: string): number {
  const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text)
  return quoted ? quoted[0].length : (/^\S*/.exec(text)?.[0].length ?? text.length)
}

/** The length of the JSON at the beginning of the text: up to the bracket that closes the first. */
function jsonLength(text: string): number {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    if (depth === 0) return index + token.length
  }
  return text.length
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text
}
