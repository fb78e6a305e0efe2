import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isOlder, pauseAfterTrouble, serverNow, serverSays } from '../src/lib/clock'

describe('the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T10:00:00Z') })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is not turned back by an answer that is older than what is known', () => {
    serverSays('2026-01-01T12:00:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T12:00:00Z'))
    serverSays('2026-01-01T11:59:10Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T12:00:00Z'))
    serverSays('2026-01-01T12:00:02.5Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T12:00:02.5Z'))
    serverSays('nonsense')
    expect(serverNow()).toBe(Date.parse('2026-01-01T12:00:02.5Z'))
  })

  it('follows the clock of the database if that was set', () => {
    serverSays('2026-01-01T12:00:00Z')
    serverSays('2026-01-01T09:00:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T09:00:00Z'))
  })
})

describe('an answer', () => {
  it('is older by its time', () => {
    expect(isOlder('2026-01-01T10:00:00Z', '2026-01-01T10:00:00.5Z')).toBe(true)
    expect(isOlder('2026-01-01T10:00:01Z', '2026-01-01T10:00:00Z')).toBe(false)
    expect(isOlder('2026-01-01T10:00:00Z', '2026-01-01T10:00:00Z')).toBe(false)
    expect(isOlder('2026-01-01T10:00:00Z', undefined)).toBe(false)
    expect(isOlder(undefined, '2026-01-01T10:00:00Z')).toBe(false)
  })

  it('is not older if the clock of the database was set', () => {
    expect(isOlder('2026-01-01T09:00:00Z', '2026-01-01T10:00:00Z')).toBe(false)
  })
})

describe('a question that was not answered', () => {
  it('is asked again, soon unless it took the server long', () => {
    expect(pauseAfterTrouble(5, 86_400_000)).toBe(10_000)
    expect(pauseAfterTrouble(5, 3000)).toBe(3000)
    expect(pauseAfterTrouble(5000, 86_400_000)).toBe(60_000)
  })
})
