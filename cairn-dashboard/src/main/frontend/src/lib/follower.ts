import { below } from './base'
import { isOlder, isStale, pauseAfter, serverSays } from './clock'
import { asTrouble, getJson, type Trouble, troubleOf } from './http'

const longestWait = 10_000
const pollInterval = 3000

/** The server says at least every 15 seconds that it is here. A browser does not notice if nothing comes any more. */
const longestSilence = 40_000

/** A stream that has brought nothing by then does not get through: something on its way keeps it back. */
const longestStart = 20_000

/** So long after its first data, what a stream tells may be from before the plain answer that came before them. */
const settling = 10_000

/** How seldom a stream is tried again where streams do not work. */
const streamInterval = 60_000

/** Follows one address by server-sent events, and by plain requests where these fail. */
export class Follower<T extends { now?: string }> {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private watch: ReturnType<typeof setTimeout> | undefined
  private readonly abort = new AbortController()
  private failures = 0
  /** How many streams in a row have brought nothing. */
  private deadStreams = 0
  private streamBegun = 0
  /** Whether the stream has said that it is here, or brought data. */
  private streams = false
  /** When the stream brought its first data. */
  private firstData: number | null = null
  /** Whether a plain request is under way, or will be sent. */
  private asks: 'no' | 'soon' | 'now' = 'no'

  /** `newest` is the time of the data that are shown already. */
  constructor(
    private readonly path: string,
    private newest: string | undefined,
    private readonly onData: (data: T) => void,
    private readonly onTrouble: (trouble: Trouble | null) => void,
  ) {
    this.listen()
  }

  stop(): void {
    this.abort.abort()
    this.source?.close()
    clearTimeout(this.timer)
    clearTimeout(this.watch)
  }

  private listen(): void {
    const source = new EventSource(below(this.path))
    this.source = source
    this.streamBegun = performance.now()
    this.streams = false
    this.firstData = null
    this.watchFor(longestStart)
    source.addEventListener('here', () => this.alive())
    source.addEventListener('trouble', (event) => {
      this.watchFor(longestSilence)
      this.onTrouble(troubleOf(event.data, 503))
    })
    source.addEventListener('data', (event) => {
      const data = JSON.parse(event.data) as T
      if (isStale(data.now)) {
        this.lost()
      } else {
        this.alive()
        this.heard(data)
      }
    })
    source.addEventListener('error', () => this.lost())
  }

  private watchFor(silence: number): void {
    clearTimeout(this.watch)
    this.watch = setTimeout(() => this.lost(), silence)
  }

  /** The stream gets through, so that nothing need be asked for any more. */
  private alive(): void {
    this.watchFor(longestSilence)
    this.deadStreams = 0
    this.streams = true
    if (this.asks === 'soon') {
      clearTimeout(this.timer)
      this.asks = 'no'
    }
  }

  /** It has ended, is silent, or tells what is long past. */
  private lost(): void {
    this.source?.close()
    this.source = null
    this.streams = false
    clearTimeout(this.watch)
    this.deadStreams++
    if (this.asks === 'no') void this.ask()
  }

  /**
   * A stream that is joined again begins with what it saw last, which may be older than what is shown; so may all be
   * that something on the way has kept back. Later, its own order counts: another server of the database may have a
   * clock that is behind.
   */
  private heard(data: T): void {
    this.firstData ??= performance.now()
    const settled = performance.now() - this.firstData >= settling
    if (settled || !isOlder(data.now, this.newest)) {
      this.arrived(data)
    }
    this.onTrouble(null)
  }

  /** An EventSource does not say why it failed, so a plain request asks. Its answer is surely of now. */
  private async ask(): Promise<void> {
    this.asks = 'now'
    const begun = performance.now()
    const asked = Date.now()
    try {
      const data = await getJson<T>(this.path, this.abort.signal)
      if (this.abort.signal.aborted) return
      if (data.now) serverSays(data.now, asked)
      // Meanwhile, the stream may have brought what is newer.
      if (!this.streams || !isOlder(data.now, this.newest)) this.arrived(data)
      this.onTrouble(null)
      this.goOn(performance.now() - begun)
    } catch (e) {
      if (this.abort.signal.aborted) return
      this.failed(asTrouble(e))
    }
  }

  /**
   * Streams are shared by all who look. Plain requests are not, so they are sent more seldom. Where streams do not
   * work, the page goes on asking while another one is tried, which may be silent.
   */
  private goOn(tookMs: number): void {
    if (this.streams) {
      this.asks = 'no'
    } else if (this.deadStreams < 2) {
      this.asks = 'no'
      this.again(500, () => this.listen())
    } else {
      this.askIn(pauseAfter(tookMs, pollInterval))
      const due = performance.now() - this.streamBegun >= streamInterval
      if (this.source === null && due) this.listen()
    }
  }

  private failed(why: Trouble): void {
    if (this.streams) {
      this.asks = 'no'
      return
    }
    this.failures++
    this.onTrouble(why)
    this.askIn(Math.min(longestWait, 500 * 2 ** Math.min(this.failures, 6)))
  }

  private askIn(wait: number): void {
    this.asks = 'soon'
    this.again(wait, () => void this.ask())
  }

  private again(wait: number, what: () => void): void {
    clearTimeout(this.timer)
    if (!this.abort.signal.aborted) {
      this.timer = setTimeout(what, wait)
    }
  }

  private arrived(data: T): void {
    this.failures = 0
    this.newest = data.now
    if (data.now) serverSays(data.now)
    this.onData(data)
  }
}
