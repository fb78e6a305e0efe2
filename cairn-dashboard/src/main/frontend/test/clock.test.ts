import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  isOlder,
  isStale,
  pauseAfterTrouble,
  runClock,
  serverNow,
  serverSays,
} from '../src/lib/clock'

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

  it('is not turned back by an event, which may be old', () => {
    serverSays('2026-01-01T12:00:00Z')
    serverSays('2026-01-01T09:00:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T12:00:02.5Z'))
  })

  it('follows the clock of the database if that was set', () => {
    serverSays('2026-01-01T12:00:00Z')
    serverSays('2026-01-01T09:00:00Z', Date.now())
    expect(serverNow()).toBe(Date.parse('2026-01-01T09:00:00Z'))
  })
})

describe('the clock of a page', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T10:00:00Z') })
    serverSays('2026-01-01T10:00:00Z')
    serverSays('2026-01-01T10:00:00Z', Date.now())
  })
  afterEach(() => {
    runClock(true)
    vi.useRealTimers()
  })

  it('is that of the database again after the clock of the machine was set forward a little', () => {
    vi.setSystemTime(Date.parse('2026-01-01T10:01:00Z'))
    serverSays('2026-01-01T10:00:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:01:00Z'))
    serverSays('2026-01-01T10:00:05Z', Date.now() - 20_000)
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:00:05Z'))
  })

  it('is not turned back by a plain answer that was on its way for long', () => {
    serverSays('2026-01-01T09:59:45Z', Date.now() - 20_000)
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:00:00Z'))
  })

  it('stands still while the page is paused, unless another page is opened', () => {
    runClock(false)
    vi.setSystemTime(Date.parse('2026-01-01T10:20:00Z'))
    vi.advanceTimersByTime(5000)
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:00:00Z'))
    serverSays('2026-01-01T10:20:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:20:00Z'))
    serverSays('2026-01-01T10:19:00Z')
    expect(serverNow()).toBe(Date.parse('2026-01-01T10:20:00Z'))
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

  it('is too old if no live view would have waited for so long', () => {
    vi.useFakeTimers({ now: Date.parse('2026-01-01T10:00:00Z') })
    serverSays('2026-01-01T08:00:00Z', Date.now())
    expect(isStale('2026-01-01T07:58:31Z')).toBe(false)
    expect(isStale('2026-01-01T07:58:29Z')).toBe(true)
    expect(isStale('2026-01-01T10:00:00Z')).toBe(false)
    expect(isStale(undefined)).toBe(false)
    vi.useRealTimers()
  })
})

describe('a question that was not answered', () => {
  it('is asked again, soon unless it took the server long', () => {
    expect(pauseAfterTrouble(5, 86_400_000)).toBe(10_000)
    expect(pauseAfterTrouble(5, 3000)).toBe(3000)
    expect(pauseAfterTrouble(5000, 86_400_000)).toBe(60_000)
  })
})
