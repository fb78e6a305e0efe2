import { describe, expect, it } from 'vitest'
import type { Mark, MarkKind, Step } from '../src/api'
import { entries, fromLevel } from '../src/job/log'
import { runsAgain, wholeCursor } from '../src/job/rewind'
import { clusters, inAddress, lookOf, placeOf, spellsOf, ticksOf, workedIn } from '../src/job/spans'
import { settled, steadied } from '../src/lib/steady'

const at = (s: number) => new Date(1_795_768_200_000 + s * 1000).toISOString()
const ms = (s: number) => 1_795_768_200_000 + s * 1000

function step(name: string, depth: number, started: number | null, more: Partial<Step> = {}): Step {
  return {
    name,
    depth,
    position: null,
    finished: false,
    running: false,
    attempt: null,
    startedAt: started === null ? null : at(started),
    savedAt: null,
    spentMs: null,
    done: null,
    total: null,
    rate: null,
    timeLeftMs: null,
    cursor: null,
    cursorPartial: false,
    cursorBytes: null,
    waits: [],
    skippedBy: null,
    ...more,
  }
}

function mark(kind: MarkKind, s: number): Mark {
  return { at: at(s), kind, text: kind, by: null, attempt: 1 }
}

describe('the track', () => {
  const marks = [
    mark('claimed', 30),
    mark('created', 0),
    mark('claimed', 2),
    mark('crashed', 20),
    mark('operation', 25),
  ]

  it('knows when a client had the job', () => {
    expect(spellsOf(marks, true, ms(50))).toEqual([
      { from: ms(2), to: ms(20) },
      { from: ms(30), to: ms(50) },
    ])
    expect(spellsOf(marks, false, ms(50))).toHaveLength(1)
  })

  it('draws no stretch for an attempt of which only the beginning is known', () => {
    const failed = [mark('began', 2), mark('claimed', 30)]
    expect(spellsOf(failed, true, ms(50))).toEqual([{ from: ms(30), to: ms(50) }])
    expect(spellsOf(failed, false, ms(50))).toEqual([])
    const discarded = [mark('claimed', 30), mark('failed', 40), mark('finalized', 40)]
    expect(spellsOf(discarded, false, ms(50))).toEqual([{ from: ms(30), to: ms(40) }])
  })

  it('shows the parts of a step in which it ran', () => {
    const spells = spellsOf(marks, true, ms(50))
    expect(workedIn({ from: ms(10), to: ms(40) }, spells, 20_000)).toEqual([
      { from: ms(10), to: ms(20) },
      { from: ms(30), to: ms(40) },
    ])
  })

  it('falls back to the time spent where earlier attempts are unknown', () => {
    expect(workedIn({ from: ms(0), to: ms(100) }, [], 30_000)).toEqual([
      { from: ms(0), to: ms(30) },
    ])
  })

  it('puts marks that would overlap together', () => {
    const axis = { from: ms(0), to: ms(100) }
    expect(clusters(marks, axis, 3).map((group) => group.length)).toEqual([2, 1, 1, 1])
    expect(placeOf(ms(-50), axis)).toBe(0)
  })

  it('has few round times on its axis', () => {
    for (const length of [3, 61, 1000, 86_400, 40_000_000]) {
      const ticks = ticksOf({ from: ms(0), to: ms(length) }, 7)
      expect(ticks.length).toBeGreaterThan(0)
      expect(ticks.length).toBeLessThanOrEqual(8)
    }
  })

  it('has a tick at each midnight, also when summer time begins or ends', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    try {
      for (const [year, month, day] of [
        [2026, 9, 20],
        [2026, 2, 24],
      ] as const) {
        const from = new Date(year, month, day, 12).getTime()
        const to = new Date(year, month, day + 7, 11).getTime()
        const ticks = ticksOf({ from, to }, 7).map(({ at }) => new Date(at))
        expect(ticks.map((at) => at.getDate() - day)).toEqual([1, 2, 3, 4, 5, 6, 7])
        expect(ticks.map((at) => at.getHours() + at.getMinutes())).toEqual([0, 0, 0, 0, 0, 0, 0])
      }
      const summer = {
        from: Date.parse('2026-03-29T00:00+01:00'),
        to: Date.parse('2026-03-29T12:00+02:00'),
      }
      expect(ticksOf(summer, 7).map(({ at }) => new Date(at).getHours())).toEqual([
        0, 3, 4, 6, 8, 10, 12,
      ])
    } finally {
      process.env.TZ = zone
    }
  })

  it('has steps whose details have an address of their own', () => {
    expect(inAddress('load/de & fr')).toBe('load/de & fr')
    expect(inAddress('half \ud800')).toBe('half \ufffd')
    expect(inAddress('B'.repeat(20_000))).toHaveLength(300)
  })

  it('names the look of a step', () => {
    expect(lookOf(step('a', 0, null))).toBe('ahead')
    expect(lookOf(step('a', 0, 1))).toBe('stopped')
    expect(lookOf(step('a', 0, 1, { running: true }))).toBe('running')
    expect(lookOf(step('a', 0, 1, { waits: [{ signal: 's', job: null }] }))).toBe('waiting')
    expect(lookOf(step('a', 0, 1, { finished: true, skippedBy: 'ada' }))).toBe('skipped')
  })
})

describe('a rewind', () => {
  const steps = [
    step('read', 0, 1, { finished: true }),
    step('load', 0, 10),
    step('de', 1, 11, { finished: true }),
    step('de/pages', 2, 12, { finished: true }),
    step('fr', 1, 15),
    step('es', 1, 11),
    step('close', 0, 40, { finished: true }),
    step('tell', 0, null),
  ]
  const names = (list: Step[]) => list.map(({ name }) => name)

  it('to a top-level step runs all top-level steps behind it again', () => {
    const { again, reopened } = runsAgain(steps, 1)
    expect(names(again)).toEqual(['load', 'de', 'de/pages', 'fr', 'es', 'close'])
    expect(reopened).toEqual([])
  })

  it('to a nested step runs those of the same parent that started later', () => {
    const { again, reopened } = runsAgain(steps, 2)
    expect(names(again)).toEqual(['de', 'de/pages', 'fr'])
    expect(names(reopened)).toEqual(['load'])
  })

  it('names only steps of its own branch', () => {
    // As the server sends them: a branch with all that is in it, then the other.
    const branches = [
      step('load', 0, 1),
      step('load/de', 1, 2),
      step('load/de/a', 2, 4, { finished: true }),
      step('load/de/b', 2, 6),
      step('load/fr', 1, 3),
      step('load/fr/a', 2, 5),
    ]
    const toFr = runsAgain(branches, 5)
    expect(names(toFr.again)).toEqual(['load/fr/a'])
    expect(names(toFr.reopened)).toEqual(['load', 'load/fr'])
    const toDe = runsAgain(branches, 2)
    expect(names(toDe.again)).toEqual(['load/de/a', 'load/de/b'])
    expect(names(toDe.reopened)).toEqual(['load', 'load/de'])
    expect(names(runsAgain(branches, 4).again)).toEqual(['load/fr', 'load/fr/a'])
  })

  it('begins with the cursor of the step, unless only a part of it is shown', () => {
    const some = [
      step('read', 0, 0, { cursor: '{"line": 5}' }),
      step('write', 0, 1, { cursor: '{"password": "redacted"}', cursorPartial: true }),
      step('close', 0, null),
    ]
    expect(some.map(({ name }) => wholeCursor(some, name))).toEqual(['{"line": 5}', '', ''])
    expect(wholeCursor(some, 'nowhere')).toBe('')
  })

  it('to a step that is not there changes nothing', () => {
    expect(runsAgain(steps, -1)).toEqual({ again: [], reopened: [] })
  })
})

describe('the log', () => {
  const text = [
    '08:30:01.123 INFO  com.acme.Import - 12 WARN lights',
    '08:30:02.123 ERROR com.acme.Import - no',
    'java.io.IOException: 503',
    '\tat com.acme.Prices.read(Prices.java:31)',
    'Caused by: java.net.SocketException',
    'time=08:30 level=WARN msg=slow',
    'plain',
  ].join('\n')

  it('keeps a trace with its line, and finds levels', () => {
    expect(entries(text).map(({ level }) => level)).toEqual([
      'INFO',
      'ERROR',
      'ERROR',
      'WARN',
      'WARN',
    ])
    expect(entries(text)[2]?.text).toContain('Caused by')
  })

  it('filters by level', () => {
    expect(fromLevel(entries(text), 'ERROR')).toHaveLength(2)
    expect(fromLevel(entries('no level here'), 'ERROR')).toHaveLength(1)
    expect(entries('')).toEqual([])
  })
})

describe('rows that stand still', () => {
  const key = (row: { id: string; v: number }) => row.id
  const row = (id: string, v = 0) => ({ id, v })

  it('keeps each in its place, with its newest values', () => {
    const now = settled([row('a'), row('b')], [row('c'), row('b', 1)], key)
    expect(now.rows).toEqual([row('a'), row('b', 1)])
    expect([...now.gone]).toEqual(['a'])
    expect(now.fresh).toBe(1)
  })

  it('keeps where the next page begins with the rows that are shown', () => {
    const base = { list: 'due', rows: [row('a'), row('b')], behind: 'after b' }
    const newest = { list: 'due', rows: [row('c'), row('d')], behind: 'after d' }
    const held = steadied(base, newest, key, true)
    expect(held.rows.map(key)).toEqual(['a', 'b'])
    expect(held.behind).toBe('after b')
    expect(steadied(base, newest, key, false).behind).toBe('after d')
    expect(steadied(base, { ...newest, list: 'other' }, key, true).behind).toBe('after d')
    expect(steadied({ ...base, rows: [] }, newest, key, true).behind).toBe('after d')
  })
})
