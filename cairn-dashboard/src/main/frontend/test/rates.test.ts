import { describe, expect, it } from 'vitest'
import { newest } from '../src/overview/rates'

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
