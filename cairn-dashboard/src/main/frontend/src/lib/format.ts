import type { Count } from '../api'

const group = new Intl.NumberFormat('en-US')

/** `12345` as `12,345`. Takes text too, so that numbers beyond 2^53 stay exact. */
export function number(value: string | number): string {
  if (typeof value === 'number') {
    return group.format(value)
  }
  return /^-?\d{1,40}$/.test(value) ? group.format(BigInt(value)) : value
}

/** `10,000+` if the server stopped counting. */
export function count(value: Count | null | undefined): string {
  return value ? number(value.n) + (value.atLeast ? '+' : '') : '0'
}

export function isZero(value: Count | null | undefined): boolean {
  return !value || (value.n === '0' && !value.atLeast)
}

/** Items a second, with as many digits as one would say aloud. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0/s'
  if (perSecond < 1) {
    const perMinute = perSecond * 60
    return perMinute < 1 ? `${trim(perMinute * 60)}/h` : `${trim(perMinute)}/min`
  }
  return `${perSecond < 10 ? trim(perSecond) : group.format(Math.round(perSecond))}/s`
}

function trim(value: number): string {
  return value < 10 ? String(Math.round(value * 10) / 10) : group.format(Math.round(value))
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A length of time in at most two units: `340 ms`, `4.2 s`, `4 min 10 s`, `3 h 5 min`, `12 d`. */
export function duration(ms: number): string {
  const size = Math.abs(ms)
  if (size < second) return `${Math.round(ms)} ms`
  if (size < 10 * second) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (size < minute) return `${Math.floor(ms / second)} s`
  if (size < hour) return pair(ms, minute, 'min', second, 's')
  if (size < day) return pair(ms, hour, 'h', minute, 'min')
  return size < 10 * day ? pair(ms, day, 'd', hour, 'h') : `${group.format(Math.floor(ms / day))} d`
}

/** A length of time in one unit, for narrow columns and for "ago". */
export function shortDuration(ms: number): string {
  const size = Math.abs(ms)
  if (size < minute) return `${Math.floor(size / second)} s`
  if (size < hour) return `${Math.floor(size / minute)} min`
  if (size < 2 * day) return `${Math.floor(size / hour)} h`
  return `${group.format(Math.floor(size / day))} d`
}

function pair(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const first = Math.trunc(ms / big)
  const rest = Math.trunc((ms - first * big) / small)
  return rest === 0 ? `${first} ${bigName}` : `${first} ${bigName} ${rest} ${smallName}`
}

/** `4 min ago`, `in 3 h`, `now`. */
export function relative(at: number, now: number): string {
  const ms = at - now
  if (Math.abs(ms) < second) return 'now'
  return ms < 0 ? `${shortDuration(ms)} ago` : `in ${shortDuration(ms)}`
}

/** The milliseconds of an ISO instant; NaN if it is none. */
export function millis(instant: string | null | undefined): number {
  return instant ? Date.parse(instant) : Number.NaN
}

/** Date and time in the reader's time zone, to the second: `2026-11-27 08:30:01`. */
export function absolute(at: number): string {
  if (Number.isNaN(at)) return ''
  const date = new Date(at)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(at)}`
}

/** `08:30:01` in the reader's time zone. */
export function clock(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`
  const kilo = size / 1024
  if (kilo < 1024) return `${trim(kilo)} kB`
  return kilo < 1024 * 1024 ? `${trim(kilo / 1024)} MB` : `${trim(kilo / 1024 / 1024)} GB`
}

/** How far `done` is of `total`, from 0 to 1, or null if nobody said. */
export function share(done: string | null, total: string | null): number | null {
  if (done === null || total === null) return null
  const whole = Number(total)
  const part = Number(done)
  if (!Number.isFinite(whole) || !Number.isFinite(part)) return null
  if (whole <= 0) return part > 0 ? 1 : null
  return Math.min(1, Math.max(0, part / whole))
}

/** Whole percent, and 100 only when really done. */
export function percent(part: number): string {
  return `${part >= 1 ? 100 : Math.min(99, Math.floor(part * 100))} %`
}

/** `1 job`, `2 jobs`. */
export function plural(n: number | string, one: string, many = `${one}s`): string {
  return `${number(n)} ${String(n) === '1' ? one : many}`
}
