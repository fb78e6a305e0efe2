import { describe, expect, it, vi } from 'vitest'
import { contentsOf, fromQuery, noFilters, toggled, toQuery } from '../src/lib/filters'
import { routeOf } from '../src/lib/routes'
import { instant, typed } from '../src/lib/search'

const now = Date.parse('2026-11-27T08:30:00Z')

describe('routes', () => {
  it('knows the pages', () => {
    expect(routeOf('')).toEqual({ page: 'overview' })
    expect(routeOf('jobs')).toEqual({ page: 'jobs' })
    expect(routeOf('insert')).toEqual({ page: 'insert' })
    expect(routeOf('queues/')).toEqual({ page: 'queues' })
    expect(routeOf('jobs/9007199254740993')).toEqual({ page: 'job', id: '9007199254740993' })
  })

  it.each(['jobs/..', 'jobs/%2e%2e%2fapi', 'jobs/1/args', 'jobs/%', 'queues/x', 'constructor'])(
    '%s leads nowhere',
    (path) => {
      expect(routeOf(path)).toEqual({ page: 'nowhere' })
    },
  )
})

describe('filters', () => {
  it('come back from an address as they went in', () => {
    const filters = {
      ...noFilters,
      state: ['running', 'retryable'],
      kind: ['a&b=c', 'ü "quoted"'],
      tag: ['x#y'],
      createdFrom: '2026-11-27T06:30:00.000Z',
      order: 'time',
    }
    expect(fromQuery(new URLSearchParams(toQuery(filters).toString()))).toEqual(filters)
  })

  it('take the place of an order that is for all jobs', () => {
    expect(fromQuery(new URLSearchParams('sort=stalled&queue=mail')).sort).toBe('')
    expect(fromQuery(new URLSearchParams('sort=stalled')).sort).toBe('stalled')
  })

  it('switch on and off', () => {
    const on = toggled(noFilters, 'state', 'running')
    expect(on.state).toEqual(['running'])
    expect(toggled(on, 'state', 'running').state).toEqual([])
  })

  it('never put contents into an address', () => {
    expect(toQuery({ ...noFilters, args: '{"a":1}' } as never).toString()).toBe('')
    expect(contentsOf({ contents: { args: '{"a":1}', metadata: 5 } })).toEqual({
      args: '{"a":1}',
      metadata: '',
    })
    expect(contentsOf(null)).toEqual({ args: '', metadata: '' })
  })
})

describe('the search box', () => {
  it('takes a bare number as id, a bare word as kind', () => {
    expect(typed('9007199254740993', now).filters).toEqual({ id: ['9007199254740993'] })
    expect(typed('import mail', now).filters).toEqual({ kind: ['import', 'mail'] })
  })

  it('takes names, quotes and ages', () => {
    const { filters, problem } = typed('queue:"my queue" state:running tag:a since:2h', now)
    expect(problem).toBeNull()
    expect(filters).toEqual({
      queue: ['my queue'],
      state: ['running'],
      tag: ['a'],
      createdFrom: '2026-11-27T06:30:00.000Z',
    })
  })

  it('takes JSON with spaces and brackets in strings', () => {
    const { contents, filters, problem } = typed('args:{"a": [1, "}"]} kind:x', now)
    expect(problem).toBeNull()
    expect(contents).toEqual({ args: '{"a": [1, "}"]}' })
    expect(filters).toEqual({ kind: ['x'] })
  })

  it.each(['foo:bar', 'state:nope', 'id:abc', 'since:soon', 'args:{"a"', 'kind:'])(
    'says what is wrong with %s',
    (text) => {
      expect(typed(text, now).problem).toMatch(/\.$/)
    },
  )

  it('ends on any text', () => {
    for (const text of ['"', '{', ':', 'args:', '"a', '}}', 'a:"b" "', '\\']) {
      expect(() => typed(text, now)).not.toThrow()
    }
  })

  it('reads points in time', () => {
    expect(instant('30min', now)).toBe('2026-11-27T08:00:00.000Z')
    expect(instant('2026-11-27T08:00:00Z', now)).toBe('2026-11-27T08:00:00.000Z')
    expect(instant('tomorrow', now)).toBeNull()
  })

  it('reads a date alone as the local day', () => {
    vi.stubEnv('TZ', 'America/New_York')
    expect(new Date(now).getTimezoneOffset()).toBe(300)
    expect(instant('2026-11-27', now)).toBe('2026-11-27T05:00:00.000Z')
    expect(instant('2026-11-27T00:00', now)).toBe('2026-11-27T05:00:00.000Z')
    vi.unstubAllEnvs()
  })
})
