import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

vi.stubGlobal('document', { baseURI: 'http://localhost/cairn/' })
const { Follower } = await import('../src/lib/follower')
const { serverNow } = await import('../src/lib/clock')

interface Data {
  now: string
  n: number
}

/** A stream whose events the test sends. */
class Stream extends EventTarget {
  static all: Stream[] = []
  static breaks = false
  /** How many are open now. */
  static open = () => Stream.all.filter((stream) => !stream.closed).length
  closed = false

  constructor() {
    super()
    Stream.all.push(this)
    if (Stream.breaks) queueMicrotask(() => this.dispatchEvent(new Event('error')))
  }

  close(): void {
    this.closed = true
  }

  say(name: string, data: unknown = {}): void {
    // As a browser: a closed one hears nothing.
    if (this.closed) return
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }))
  }
}

const begun = Date.parse('2026-01-01T10:00:00Z')
const at = (s: number) => new Date(begun + s * 1000).toISOString()
const since = () => (Date.now() - begun) / 1000

describe('a view that is followed', () => {
  let asked = 0
  let shown: number[] = []
  let troubles: (string | null)[] = []
  let answer: () => Data
  let follower: InstanceType<typeof Follower<Data>>

  const follow = (newest?: string) => {
    follower = new Follower<Data>(
      'api/jobs',
      newest,
      (data) => shown.push(data.n),
      (why) => troubles.push(why?.code ?? null),
    )
  }
  const last = () => Stream.all.at(-1) as Stream

  beforeEach(() => {
    vi.useFakeTimers({ now: begun })
    Stream.all = []
    Stream.breaks = false
    asked = 0
    shown = []
    troubles = []
    answer = () => ({ now: at(since()), n: 1000 + asked })
    vi.stubGlobal('EventSource', Stream)
    vi.stubGlobal('fetch', async () => {
      asked++
      return new Response(JSON.stringify(answer()))
    })
  })
  afterEach(() => {
    follower.stop()
    vi.unstubAllGlobals()
    vi.stubGlobal('document', { baseURI: 'http://localhost/cairn/' })
    vi.useRealTimers()
  })

  it('is asked for if its stream is silent', async () => {
    follow()
    last().say('open')
    last().say('data', { now: at(0), n: 1 })
    await vi.advanceTimersByTimeAsync(39_000)
    expect(asked).toBe(0)
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked).toBe(1)
    expect(Stream.all[0]?.closed).toBe(true)
    expect(Stream.all).toHaveLength(2)
    expect(shown).toEqual([1, 1001])
  })

  it('is asked for if its stream never opens', async () => {
    follow()
    await vi.advanceTimersByTimeAsync(19_000)
    expect(asked).toBe(0)
    await vi.advanceTimersByTimeAsync(2000)
    expect(asked).toBe(1)
  })

  it('is asked for every three seconds where streams are silent, also while one is tried', async () => {
    follow()
    await vi.advanceTimersByTimeAsync(41_000)
    expect(asked).toBe(2)
    let most = 0
    for (let s = 0; s < 300; s++) {
      const before = shown.length
      last().say('open')
      await vi.advanceTimersByTimeAsync(1000)
      most = shown.length > before ? 0 : most + 1
      expect(most).toBeLessThanOrEqual(4)
      expect(Stream.open()).toBeLessThanOrEqual(1)
    }
    expect(asked).toBeGreaterThanOrEqual(90)
    expect(asked).toBeLessThanOrEqual(105)
    expect(Stream.all.length).toBeGreaterThanOrEqual(6)
    expect(Stream.all.length).toBeLessThanOrEqual(8)
  })

  it.each(['here', 'data'])('is asked for no more once a stream says %s again', async (name) => {
    follow()
    for (let s = 0; s < 300 && (Stream.all.length < 3 || last().closed); s++) {
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(Stream.all).toHaveLength(3)
    const before = asked
    last().say(name, { now: at(since()), n: 1 })
    for (let i = 0; i < 5; i++) {
      await vi.advanceTimersByTimeAsync(15_000)
      last().say('here')
    }
    expect(asked).toBe(before)
    expect(Stream.open()).toBe(1)
    last().say('error')
    await vi.advanceTimersByTimeAsync(600)
    expect(asked).toBe(before + 1)
    expect(Stream.all).toHaveLength(4)
  })

  it('is not set back by a plain answer that the stream has overtaken', async () => {
    follow()
    for (let s = 0; s < 300 && Stream.all.length < 3; s++) {
      await vi.advanceTimersByTimeAsync(1000)
    }
    const old = { now: at(since()), n: 666 }
    let release = () => {}
    vi.stubGlobal('fetch', async () => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return new Response(JSON.stringify(old))
    })
    await vi.advanceTimersByTimeAsync(4000)
    last().say('data', { now: at(since()), n: 7 })
    release()
    await vi.advanceTimersByTimeAsync(1000)
    expect(shown.at(-1)).toBe(7)
    expect(shown).not.toContain(666)
    expect(Stream.open()).toBe(1)
  })

  it('does not show what a proxy has kept back', async () => {
    follow()
    last().say('data', { now: at(0), n: 1 })
    last().say('error')
    await vi.advanceTimersByTimeAsync(19_000)
    expect(shown).toEqual([1, 1001])
    // All at once, as the proxy gives up.
    for (const n of [-3, -2, -1]) last().say('data', { now: at(n), n })
    expect(shown).toEqual([1, 1001])
    last().say('data', { now: at(18), n: 2 })
    expect(shown).toEqual([1, 1001, 2])
  })

  it('is asked for if its stream is kept back until it ends', async () => {
    follow()
    const ends = new Map<Stream, number>()
    for (let s = 0; s < 300; s++) {
      if (!ends.has(last())) ends.set(last(), since() + 35)
      await vi.advanceTimersByTimeAsync(1000)
      for (const [stream, end] of ends) {
        if (since() < end) continue
        stream.say('data', { now: at(since() - 30), n: 1 })
        stream.say('error')
      }
    }
    expect(asked).toBeGreaterThanOrEqual(80)
    expect(shown).not.toContain(1)
  })

  it('is left to a stream that only says that it is here', async () => {
    follow()
    for (let i = 0; i < 20; i++) {
      last().say('here')
      await vi.advanceTimersByTimeAsync(15_000)
    }
    expect(asked).toBe(0)
    expect(Stream.all).toHaveLength(1)
  })

  it('is asked for seldom where streams do not work, and a stream is tried once a minute', async () => {
    Stream.breaks = true
    follow()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toBeLessThanOrEqual(5)
    expect(asked).toBeGreaterThanOrEqual(3)
    expect(Stream.all).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(290_000)
    expect(asked).toBeLessThanOrEqual(105)
    expect(Stream.all.length).toBeLessThanOrEqual(7)
    expect(Stream.all.length).toBeGreaterThanOrEqual(5)
    expect(troubles).not.toContain('away')
    Stream.breaks = false
    await vi.advanceTimersByTimeAsync(65_000)
    last().say('data', { now: at(since()), n: 7 })
    expect(shown.at(-1)).toBe(7)
  })

  it('has a new stream at once when one has ended after it had brought data', async () => {
    follow()
    for (let i = 1; i <= 5; i++) {
      last().say('data', { now: at(since()), n: i })
      last().say('error')
      await vi.advanceTimersByTimeAsync(600)
      expect(Stream.all).toHaveLength(i + 1)
    }
  })

  it('does not show what a stream saw before the plain answer', async () => {
    follow()
    last().say('data', { now: at(0), n: 1 })
    await vi.advanceTimersByTimeAsync(5000)
    last().say('error')
    await vi.advanceTimersByTimeAsync(600)
    last().say('data', { now: at(2), n: 2 })
    expect(shown).toEqual([1, 1001])
    last().say('data', { now: at(6), n: 3 })
    expect(shown).toEqual([1, 1001, 3])
  })

  it('does not show what a stream saw long ago, and the clock stays', async () => {
    answer = () => ({ now: at(since()), n: 1000 + asked })
    follow()
    last().say('error')
    await vi.advanceTimersByTimeAsync(600)
    const old = { now: at(-600), n: 666 }
    for (let i = 0; i < 10; i++) {
      last().say('data', old)
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(shown).not.toContain(666)
    expect(asked).toBeLessThanOrEqual(6)
    expect(serverNow()).toBeGreaterThanOrEqual(begun)
  })

  it('follows a clock of the database that was set back, by a plain answer', async () => {
    follow()
    last().say('data', { now: at(0), n: 1 })
    answer = () => ({ now: at(since() - 3600), n: 2 })
    last().say('data', { now: at(since() - 3600), n: 3 })
    await vi.advanceTimersByTimeAsync(600)
    expect(shown).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(1000)
    last().say('data', { now: at(since() - 3600), n: 4 })
    expect(shown).toEqual([1, 2, 4])
    expect(serverNow()).toBeLessThan(begun - 3_500_000)
  })

  it('follows another server whose clock is somewhat behind', async () => {
    follow()
    last().say('data', { now: at(0), n: 1 })
    await vi.advanceTimersByTimeAsync(20_000)
    last().say('data', { now: at(since() - 60), n: 2 })
    expect(shown).toEqual([1, 2])
  })
})
