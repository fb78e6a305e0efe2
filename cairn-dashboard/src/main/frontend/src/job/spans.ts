import type { JobData, Mark, Step } from '../api'
import { millis } from '../lib/format'

/** A stretch of time, in milliseconds. */
export interface Span {
  from: number
  to: number
}

/** How a step is drawn, and said in a word. */
export type Look = 'finished' | 'running' | 'waiting' | 'skipped' | 'stopped' | 'ahead'

export function lookOf(step: Step): Look {
  if (step.skippedBy !== null) return 'skipped'
  if (step.finished) return 'finished'
  if (step.waits.length > 0) return 'waiting'
  if (step.running) return 'running'
  return step.startedAt === null ? 'ahead' : 'stopped'
}

/** From the start of a step until it was finished, or until now. */
export function spanOf(step: Step, now: number): Span | null {
  if (step.startedAt === null) return null
  const from = millis(step.startedAt)
  const open = !step.finished && (step.running || step.waits.length > 0)
  const to = open ? now : millis(step.savedAt ?? step.startedAt)
  return { from, to: Math.max(from, to) }
}

const ends = new Set(['failed', 'interrupted', 'crashed', 'finalized'])

/**
 * The stretches in which a client had the job, as far as their ends are known. Of an attempt that only `began`, the end
 * is not: it may have failed at once, or after hours.
 */
export function spellsOf(marks: Mark[], running: boolean, now: number): Span[] {
  const spells: Span[] = []
  let open: number | null = null
  for (const mark of inOrder(marks)) {
    const at = millis(mark.at)
    if (open !== null && (ends.has(mark.kind) || mark.kind === 'claimed')) {
      spells.push({ from: open, to: at })
      open = null
    }
    if (mark.kind === 'claimed') open = at
  }
  if (open !== null && running) spells.push({ from: open, to: now })
  return spells
}

export function inOrder(marks: Mark[]): Mark[] {
  return [...marks].sort((a, b) => millis(a.at) - millis(b.at))
}

export function within(spells: Span[], limit: Span): Span[] {
  return spells
    .map(({ from, to }) => ({ from: Math.max(from, limit.from), to: Math.min(to, limit.to) }))
    .filter(({ from, to }) => to > from)
}

export function lengthOf(spans: Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0)
}

/**
 * The parts of a step's span in which it ran. Where the server no longer knows the earlier attempts, the time spent
 * stands at the beginning, as long as it was.
 */
export function workedIn(span: Span, spells: Span[], spentMs: number | null): Span[] {
  const known = within(spells, span)
  const length = span.to - span.from
  if (spentMs === null) return known.length > 0 ? known : [span]
  if (lengthOf(known) >= Math.min(spentMs, length) / 2) return known
  return [{ from: span.from, to: span.from + Math.min(spentMs, length) }]
}

export type Zoom = 'all' | 'attempt' | '10min'

/** The stretch of time that the track shows. */
export function axisOf(data: JobData, zoom: Zoom, now: number): Span {
  const { job, steps, marks } = data
  const end = job.finalizedAt ? millis(job.finalizedAt) : now
  if (zoom === '10min') return padded({ from: end - 600_000, to: end })
  if (zoom === 'attempt' && job.attemptedAt)
    return padded({ from: millis(job.attemptedAt), to: end })
  const firsts = [
    ...steps.map((step) => millis(step.startedAt)),
    ...marks
      .filter(({ kind }) => kind === 'claimed' || kind === 'began')
      .map((mark) => millis(mark.at)),
  ].filter((at) => !Number.isNaN(at))
  const created = millis(job.createdAt)
  const first = firsts.length > 0 ? Math.min(...firsts) : created
  // A long wait before the first attempt would squeeze all that came after it.
  const from = first - created < (end - first) / 2 ? created : first
  return padded({ from: Math.min(from, end), to: end })
}

/** The name of a step as an address can hold it: not too long, and without halves of characters. */
export function inAddress(name: string): string {
  return new URLSearchParams({ name: name.slice(0, 300) }).get('name') ?? ''
}

function padded({ from, to }: Span): Span {
  const room = Math.max(1000, to - from) * 0.02
  return { from: from - room / 2, to: to + room }
}

/** Where a time is on the axis, in percent of its width, held at the ends. */
export function placeOf(at: number, axis: Span): number {
  const share = (at - axis.from) / (axis.to - axis.from)
  return Math.min(100, Math.max(0, share * 100))
}

export function isOn(at: number, axis: Span): boolean {
  return at >= axis.from && at <= axis.to
}

const hour = 3_600_000
const seconds = [1, 2, 5, 10, 15, 30]
const intervals = [
  ...seconds,
  ...seconds.map((s) => s * 60),
  ...[1, 2, 3, 6, 12, 24, 48, 168, 720, 2160, 8760].map((h) => h * 3600),
].map((s) => s * 1000)

/** Round times at even distances, at most `most` of them, in the reader's time zone. */
export function ticksOf(axis: Span, most: number): { at: number; step: number }[] {
  const length = axis.to - axis.from
  const step = intervals.find((interval) => length / interval <= most) ?? length
  const zone = zoneOf(axis.from)
  const ticks: { at: number; step: number }[] = []
  // Summer time may end on the axis, and then its last times come later.
  const end = axis.to - zone + (step > hour ? 2 * hour : 0)
  for (let local = Math.ceil((axis.from - zone) / step) * step; local <= end; local += step) {
    const at = step > hour ? localTime(local, zone) : local + zone
    if (isOn(at, axis)) ticks.push({ at, step })
  }
  return ticks
}

function zoneOf(at: number): number {
  return new Date(at).getTimezoneOffset() * 60_000
}

/** The time at which the reader's clock shows `local`. Summer time may have begun or ended behind `zone`. */
function localTime(local: number, zone: number): number {
  const at = local + zone
  const moved = local + zoneOf(at)
  return zoneOf(moved) === zoneOf(at) ? moved : at
}

/** Marks that would lie on top of each other, together. */
export function clusters(marks: Mark[], axis: Span, distance: number): Mark[][] {
  const groups: Mark[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const mark of inOrder(marks)) {
    const at = millis(mark.at)
    if (!isOn(at, axis)) continue
    const place = placeOf(at, axis)
    const group = groups.at(-1)
    if (group && place - last < distance) group.push(mark)
    else {
      groups.push([mark])
      last = place
    }
  }
  return groups
}
