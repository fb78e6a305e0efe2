import { LosslessNumber, parse } from 'lossless-json'

/** A JSON value whose numbers are still the text they were written as. */
export type Json =
  | { type: 'object'; entries: [string, Json][] }
  | { type: 'array'; items: Json[] }
  | { type: 'string'; value: string }
  | { type: 'number'; text: string }
  | { type: 'literal'; text: 'true' | 'false' | 'null' }

/** The value of a JSON text, or null if it is none, or one that would not be shown faithfully. */
export function parsed(text: string): Json | null {
  // An object of JavaScript swallows this key, so such a text is shown as text.
  if (/__proto__|\\u00(5f|70|72|6f|74)/i.test(text)) {
    return null
  }
  try {
    return json(parse(text))
  } catch {
    return null
  }
}

function json(value: unknown): Json {
  if (value instanceof LosslessNumber) return { type: 'number', text: value.toString() }
  if (typeof value === 'string') return { type: 'string', value }
  if (Array.isArray(value)) return { type: 'array', items: value.map(json) }
  if (typeof value === 'object' && value !== null) {
    return { type: 'object', entries: Object.entries(value).map(([k, v]) => [k, json(v)]) }
  }
  return { type: 'literal', text: value === true ? 'true' : value === false ? 'false' : 'null' }
}

/** How deep JSON is indented: deeper, the blanks would outnumber the text. */
const indentMax = 100

/**
 * A JSON text with an indented line for each value. As it is, if it would not be shown faithfully, or is nested too
 * deeply.
 */
export function pretty(text: string): string {
  const value = parsed(text)
  return (value && lines(value, '')) ?? text
}

function lines(value: Json, indent: string): string | null {
  if (indent.length > indentMax) return null
  const inner = `${indent}  `
  switch (value.type) {
    case 'object': {
      const named = value.entries.map(([name, each]) => {
        const text = lines(each, inner)
        return text === null ? null : `${JSON.stringify(name)}: ${text}`
      })
      return block('{', '}', indent, named)
    }
    case 'array':
      return block(
        '[',
        ']',
        indent,
        value.items.map((each) => lines(each, inner)),
      )
    case 'string':
      return JSON.stringify(value.value)
    default:
      return value.text
  }
}

function block(left: string, right: string, indent: string, parts: (string | null)[]) {
  if (parts.includes(null)) return null
  if (parts.length === 0) return left + right
  return `${left}\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}${right}`
}

/** One line for a value: short values in full, others by their beginning. */
export function brief(text: string, limit = 80): string {
  const value = parsed(text)
  const line = value?.type === 'string' ? value.value : text
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
