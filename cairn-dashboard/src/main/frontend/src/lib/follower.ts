import { below } from './base'
import { isOlder, isStale, pauseAfter, serverSays } from './clock'
import { asTrouble, getJson, type Trouble, troubleOf } from './http'

const longestWait = 10_000
const pollInterval = 3000

/** The server says at least every 15 seconds that it is here. A browser does not notice if nothing comes any more. */
const longestSilence = 40_000

/** So long, what a stream tells may be from before the plain answer that came between two streams. */
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
  /** How many streams in a row have ended without data. */
  private deadStreams = 0
  private streamBegun = 0

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
    const watch = () => {
      clearTimeout(this.watch)
      this.watch = setTimeout(() => this.lost(), longestSilence)
    }
    const alive = () => {
      watch()
      this.deadStreams = 0
    }
    watch()
    source.addEventListener('open', watch)
    source.addEventListener('here', alive)
    source.addEventListener('trouble', (event) => {
      watch()
      this.onTrouble(troubleOf(event.data, 503))
    })
    source.addEventListener('data', (event) => {
      const data = JSON.parse(event.data) as T
      if (isStale(data.now)) {
        this.lost()
      } else {
        alive()
        this.heard(data)
      }
    })
    source.addEventListener('error', () => this.lost())
  }

  /** It has ended, is silent, or tells what is long past. */
  private lost(): void {
    this.source?.close()
    clearTimeout(this.watch)
    this.deadStreams++
    void this.ask()
  }

  /**
   * A stream that is joined again begins with what it saw last, which may be older than what is shown. Later, its own
   * order counts: another server of the database may have a clock that is behind.
   */
  private heard(data: T): void {
    const joined = performance.now() - this.streamBegun < settling
    if (!joined || !isOlder(data.now, this.newest)) {
      this.arrived(data)
    }
    this.onTrouble(null)
  }

  /** An EventSource does not say why it failed, so a plain request asks. Its answer is surely of now. */
  private async ask(): Promise<void> {
    const begun = performance.now()
    const asked = Date.now()
    try {
      const data = await getJson<T>(this.path, this.abort.signal)
      if (data.now) serverSays(data.now, asked)
      this.arrived(data)
      this.onTrouble(null)
      this.goOn(performance.now() - begun)
    } catch (e) {
      if (this.abort.signal.aborted) return
      this.failed(asTrouble(e))
    }
  }

  /** Streams are shared by all who look. Plain requests are not, so they are sent more seldom. */
  private goOn(tookMs: number): void {
    const listens = this.deadStreams < 2 || performance.now() - this.streamBegun >= streamInterval
    if (listens) this.again(500, () => this.listen())
    else this.again(pauseAfter(tookMs, pollInterval), () => void this.ask())
  }

  private failed(why: Trouble): void {
    this.failures++
    this.onTrouble(why)
    const wait = Math.min(longestWait, 500 * 2 ** Math.min(this.failures, 6))
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
