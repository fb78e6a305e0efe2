import { describe, expect, it } from 'vitest'
import {
  absolute,
  bytes,
  count,
  duration,
  millis,
  number,
  percent,
  plural,
  rate,
  relative,
  share,
} from '../src/lib/format'

describe('numbers', () => {
  it('keeps every digit beyond 2^53', () => {
    expect(number('9007199254740993')).toBe('9,007,199,254,740,993')
    expect(number('-9223372036854775808')).toBe('-9,223,372,036,854,775,808')
  })

  it('shows what is no number as it is', () => {
    expect(number('<b>')).toBe('<b>')
    expect(number('1e5')).toBe('1e5')
  })

  it('says that a count is bounded', () => {
    expect(count({ n: '10000', atLeast: true })).toBe('10,000+')
    expect(count({ n: '0', atLeast: false })).toBe('0')
    expect(count(null)).toBe('0')
  })

  it('gives rates in the unit that one would say', () => {
    expect(rate(0)).toBe('0/s')
    expect(rate(1234.4)).toBe('1,234/s')
    expect(rate(3.27)).toBe('3.3/s')
    expect(rate(0.5)).toBe('30/min')
    expect(rate(0.001)).toBe('3.6/h')
  })

  it('says 100 % only of what is done', () => {
    expect(percent(0.9999)).toBe('99 %')
    expect(percent(1)).toBe('100 %')
    expect(share('999', '1000')).toBeCloseTo(0.999)
    expect(share('5', '0')).toBe(1)
    expect(share('0', '0')).toBeNull()
    expect(share('5', null)).toBeNull()
    expect(share('2000', '1000')).toBe(1)
  })

  it('counts things', () => {
    expect(plural(1, 'job')).toBe('1 job')
    expect(plural('1200', 'job')).toBe('1,200 jobs')
  })

  it('gives sizes', () => {
    expect(bytes(12)).toBe('12 B')
    expect(bytes(1536)).toBe('1.5 kB')
    expect(bytes(8 * 1024 * 1024)).toBe('8 MB')
  })
})

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [4240, '4.2 s'],
    [59_999, '59 s'],
    [250_000, '4 min 10 s'],
    [3_600_000, '1 h'],
    [11_100_000, '3 h 5 min'],
    [90_000_000, '1 d 1 h'],
    [12 * 86_400_000, '12 d'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('looks back and ahead', () => {
    const now = Date.parse('2026-11-27T08:30:00Z')
    expect(relative(now - 250_000, now)).toBe('4 min ago')
    expect(relative(now + 10_800_000, now)).toBe('in 3 h')
    expect(relative(now + 400, now)).toBe('now')
    expect(relative(now - 49 * 3_600_000, now)).toBe('2 d ago')
  })

  it('reads instants with microseconds', () => {
    expect(millis('2026-11-27T08:30:01.123456Z')).toBe(1_795_768_201_123)
    expect(millis(null)).toBeNaN()
    expect(absolute(millis('nonsense'))).toBe('')
    expect(absolute(millis('2026-11-27T08:30:01Z'))).toMatch(/^2026-11-2[678] \d\d:\d\d:01$/)
  })
})
