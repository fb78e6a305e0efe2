import { describe, expect, it } from 'vitest'
import type { Mark, MarkKind, Step } from '../src/api'
import { entries, fromLevel } from '../src/job/log'
import { runsAgain, wholeCursor } from '../src/job/rewind'
import { clusters, lookOf, placeOf, spellsOf, ticksOf, workedIn } from '../src/job/spans'
import { settled } from '../src/lib/steady'

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
})
