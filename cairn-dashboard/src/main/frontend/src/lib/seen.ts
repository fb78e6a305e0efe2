import type { State } from '../api'

/** What the reader saw at an entry of the history, beside its address: for the way back. */
export interface Seen {
  /** How far the page was scrolled. */
  y?: number
  /** The link that was followed. */
  link?: Followed | null
  /** The jobs that were ticked. */
  ticks?: [string, State][]
}

/** A link, and where it stood in the window. Of several to the same address, the `nth`. */
export interface Followed {
  href: string
  nth: number
  top: number
}

const storage = 'cairn-seen'
const most = 50
const seen = stored()

export function seenAt(entry: string): Seen | undefined {
  return seen.get(entry)
}

export function keepSeen(entry: string, part: Seen): void {
  const before = seen.get(entry)
  // The newest at the end.
  seen.delete(entry)
  seen.set(entry, { ...before, ...part })
  const [oldest] = seen.keys()
  if (seen.size > most && oldest !== undefined) seen.delete(oldest)
}

/** The entry of which the reader has seen the data. */
let shown: string | null = null

export function isWaiting(): boolean {
  return document.querySelector('main [aria-busy="true"]') !== null
}

/** The data of the entry are there. */
export function nowShown(entry: string): void {
  shown = entry
}

/** Where the reader is: how far the page is scrolled, and the link that is followed, or has the focus. */
export function keepPlace(entry: string, link: Element | null = document.activeElement): void {
  // Whoever only passes through while there are no data yet has left the place as it was.
  if (entry !== shown && isWaiting()) return
  keepSeen(entry, {
    y: window.scrollY,
    link: link instanceof HTMLAnchorElement ? followed(link) : null,
  })
}

function followed(link: HTMLAnchorElement): Followed | null {
  const href = link.getAttribute('href') ?? ''
  const nth = linksTo(href).indexOf(link)
  return nth < 0 ? null : { href, nth, top: link.getBoundingClientRect().top }
}

export function linkOf({ href, nth }: Followed): HTMLAnchorElement | undefined {
  const links = linksTo(href)
  return links[nth] ?? links[0]
}

/** In the page, not in the frame around it. */
function linksTo(href: string): HTMLAnchorElement[] {
  const all = [...document.querySelectorAll<HTMLAnchorElement>('main a[href]')]
  return all.filter((link) => link.getAttribute('href') === href)
}

function stored(): Map<string, Seen> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(storage) ?? '[]'))
  } catch {
    return new Map()
  }
}

/** For a page that is loaded again. */
export function storeSeen(): void {
  try {
    sessionStorage.setItem(storage, JSON.stringify([...seen]))
  } catch {
    // The browser allows no storage: it lasts as long as the page.
  }
}
