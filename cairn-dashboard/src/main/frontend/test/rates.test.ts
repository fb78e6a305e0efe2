import { describe, expect, it } from 'vitest'
import type { Rates } from '../src/api'
import { inWords, newest } from '../src/overview/rates'

describe('the rate of now', () => {
  it('is not that of an hour ago', () => {
    expect(newest([50, ...Array.from({ length: 10 }, () => null)])).toBeNull()
    expect(newest([])).toBeNull()
  })

  it('is the last one, also if the newest step is still being measured', () => {
    expect(newest([1, 2, 3])).toBe(3)
    expect(newest([50, 49, null, null])).toBe(49)
    expect(newest([1, 0])).toBe(0)
  })
})

describe('the rates in words', () => {
  const rates: Rates = {
    stepMs: 5000,
    from: '2026-11-29T12:00:00.000000Z',
    inserted: [24_000],
    insertedAtLeast: true,
    completed: [3],
    failed: [2],
    failedAtLeast: false,
    discarded: [null],
  }

  it('say if there may be more', () => {
    expect(inWords(rates, 'inserted')).toMatch(/ or more$/)
    expect(inWords({ ...rates, insertedAtLeast: false }, 'inserted')).not.toContain('more')
    expect(inWords(rates, 'failed')).not.toContain('more')
    expect(inWords({ ...rates, failedAtLeast: true }, 'failed')).toMatch(/ or more$/)
  })

  it('say if nothing is known', () => {
    expect(inWords(rates, 'discarded')).toBe('unknown')
  })
})
