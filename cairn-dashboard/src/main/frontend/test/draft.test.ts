import { describe, expect, it } from 'vitest'
import type { DataText, JobDetail } from '../src/api'
import { type Draft, draftOf, emptyDraft, problems, requestOf } from '../src/insert/draft'

const job = {
  id: '9007199254740993',
  kind: 'charge_card',
  queue: 'payments',
  priority: 2,
  maxAttempts: 5,
  tags: ['night', 'customer-7'],
} as JobDetail

function args(more: Partial<DataText> = {}): DataText {
  const json = '{"id": 9007199254740993}'
  return { json, bytes: json.length, truncated: false, hidden: false, redacted: false, ...more }
}

function draft(more: Partial<Draft> = {}): Draft {
  return { ...emptyDraft, kind: 'send_mail', ...more }
}

describe('the form for a new job', () => {
  it('begins with the values of its template', () => {
    const begun = draftOf(job, args())
    expect(begun.args).toBe('{\n  "id": 9007199254740993\n}')
    expect(begun.copyOf).toBeNull()
    expect(requestOf(begun, 'again')).toEqual({
      kind: 'charge_card',
      args: begun.args,
      queue: 'payments',
      priority: 2,
      maxAttempts: 5,
      tags: ['night', 'customer-7'],
      reason: 'again',
    })
  })

  it('takes over as a whole what it cannot show in full', () => {
    const restricted = [
      { redacted: true },
      { truncated: true },
      { hidden: true, json: null },
      { bytes: 30_001 },
    ]
    for (const more of restricted) {
      const begun = draftOf(job, args(more))
      expect(begun.copyOf).toBe(job.id)
      const request = requestOf(begun, '')
      expect(request.copyOf).toBe(job.id)
      expect(request).not.toHaveProperty('kind')
      expect(request).not.toHaveProperty('args')
    }
  })

  it('shows what is shown of a template only if it is all of it', () => {
    expect(draftOf(job, args({ redacted: true, json: '{"pin": "redacted"}' })).args).toContain(
      'redacted',
    )
    expect(draftOf(job, args({ truncated: true })).args).toBe('{}')
  })

  it('leaves out what is empty', () => {
    expect(requestOf(draft(), '')).toEqual({ kind: 'send_mail', args: '{}' })
    expect(requestOf(draft({ queue: ' ', tags: ' ', pending: true }), '')).toEqual({
      kind: 'send_mail',
      args: '{}',
      pending: true,
    })
  })

  it('sends times as instants and tags as a list', () => {
    const request = requestOf(draft({ due: '2026-11-27T08:00', tags: ' a-b  c_d ' }), '')
    expect(request.scheduledAt).toBe(new Date(2026, 10, 27, 8).toISOString())
    expect(request.tags).toEqual(['a-b', 'c_d'])
  })

  it('says at the field what is wrong', () => {
    expect(problems(draft())).toEqual({})
    expect(problems(draft({ kind: ' ' })).kind).toContain('needs a kind')
    expect(problems(draft({ args: '{"a": ' })).args).toContain('no JSON')
    expect(problems(draft({ args: '[1]' })).args).toContain('JSON object')
    expect(problems(draft({ args: 'null' })).args).toContain('JSON object')
    expect(problems(draft({ priority: '5' })).priority).toContain('1 to 4')
    expect(problems(draft({ maxAttempts: '0' })).maxAttempts).toContain('32,767')
    expect(problems(draft({ due: 'soon' })).scheduledAt).toContain('no time')
  })

  it('does not look at arguments that it does not send', () => {
    expect(problems(draft({ copyOf: '7', kind: '', args: '{' }))).toEqual({})
  })

  it('says that a time does not exist, and not that of another one', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    try {
      const of = (due: string) => problems(draft({ due })).scheduledAt
      expect(of('2026-03-29T02:30')).toBe('This time does not exist on that day.')
      expect(of('2026-03-29T02:30:15')).toBe('This time does not exist on that day.')
      for (const due of ['', '2026-03-29T01:59', '2026-03-29T03:00:01', '2026-10-25T02:30']) {
        expect(of(due), due).toBeUndefined()
      }
    } finally {
      process.env.TZ = zone
    }
  })
})
