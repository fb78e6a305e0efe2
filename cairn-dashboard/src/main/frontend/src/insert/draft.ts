import type { DataText, InsertField, InsertRequest, JobDetail } from '../api'
import { absolute } from '../lib/format'
import { pretty } from '../lib/json'

/** What stands in the form. */
export interface Draft {
  kind: string
  /** JSON. Not sent while the arguments are those of another job. */
  args: string
  /** The job whose kind and arguments are taken over as they are stored; null if `args` counts. */
  copyOf: string | null
  queue: string
  priority: string
  maxAttempts: string
  /** A local date and time, as an input of that type has it; empty for at once. */
  due: string
  /** With blanks between them. */
  tags: string
  pending: boolean
  unique: '' | 'kind' | 'kindAndQueue'
}

export const emptyDraft: Draft = {
  kind: '',
  args: '{}',
  copyOf: null,
  queue: '',
  priority: '',
  maxAttempts: '',
  due: '',
  tags: '',
  pending: false,
  unique: '',
}

/** A job as template. Arguments that are not all to be seen can only be taken over as a whole. */
export function draftOf(job: JobDetail, args: DataText): Draft {
  return {
    ...emptyDraft,
    kind: job.kind,
    args: writable(args) ? pretty(args.json ?? '{}') : '{}',
    copyOf: args.redacted || !writable(args) ? job.id : null,
    queue: job.queue,
    priority: String(job.priority),
    maxAttempts: String(job.maxAttempts),
    tags: job.tags.join(' '),
  }
}

/** What a form can show well. A request has 256 kB, and each quote in the arguments takes two bytes of it. */
const writtenMax = 30_000

/** Whether the form can hold the arguments, so that others can be made of them. */
export function writable(args: DataText): boolean {
  return !args.hidden && !args.truncated && args.bytes <= writtenMax
}

/** What the page itself can tell is wrong; the server tells the rest. */
export function problems(draft: Draft): Partial<Record<InsertField, string>> {
  const found: Partial<Record<InsertField, string>> = {}
  if (draft.copyOf === null) {
    if (draft.kind.trim() === '') found.kind = 'A job needs a kind.'
    const args = argsProblem(draft.args)
    if (args) found.args = args
  }
  if (!within(draft.priority, 1, 4)) found.priority = 'A number from 1 to 4'
  if (!within(draft.maxAttempts, 1, 32_767)) found.maxAttempts = 'A number from 1 to 32,767'
  const due = dueProblem(draft.due)
  if (due) found.scheduledAt = due
  return found
}

function dueProblem(due: string): string | null {
  if (due === '') return null
  const at = Date.parse(due)
  if (Number.isNaN(at)) return 'This is no time.'
  // When summer time begins, an hour is left out, and the browser would take another time for it.
  const missing = absolute(at).slice(11, 16) !== due.slice(11, 16)
  return missing ? 'This time does not exist on that day.' : null
}

function argsProblem(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? null : 'The arguments must be a JSON object, such as {"customer": 7}.'
  } catch (e) {
    return `This is no JSON: ${e instanceof Error ? e.message : String(e)}`
  }
}

function within(text: string, least: number, most: number): boolean {
  if (text.trim() === '') return true
  return /^\d{1,6}$/.test(text.trim()) && Number(text) >= least && Number(text) <= most
}

/** The request for a form without problems. What is left empty has its default. */
export function requestOf(draft: Draft, reason: string): InsertRequest {
  const request: InsertRequest =
    draft.copyOf === null ? { kind: draft.kind.trim(), args: draft.args } : { copyOf: draft.copyOf }
  if (draft.queue.trim() !== '') request.queue = draft.queue.trim()
  if (draft.priority.trim() !== '') request.priority = Number(draft.priority)
  if (draft.maxAttempts.trim() !== '') request.maxAttempts = Number(draft.maxAttempts)
  if (draft.due !== '') request.scheduledAt = new Date(draft.due).toISOString()
  if (draft.pending) request.pending = true
  const tags = draft.tags.split(/\s+/).filter((tag) => tag !== '')
  if (tags.length > 0) request.tags = tags
  if (draft.unique !== '') request.unique = draft.unique
  if (reason !== '') request.reason = reason
  return request
}
