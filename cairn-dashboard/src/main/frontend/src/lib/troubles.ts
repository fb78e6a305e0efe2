import type { Trouble } from './http'
import { Store } from './store'

/** What keeps any view of the page from its data. */
export const trouble = new Store<Trouble | null>(null)

const troubles = new Map<object, Trouble>()

/** Called by each view of the page: one that is well does not hide that another is not. */
export function tell(view: object, why: Trouble | null): void {
  if (why) troubles.set(view, why)
  else troubles.delete(view)
  trouble.set(worst())
}

function worst(): Trouble | null {
  const all = [...troubles.values()]
  return (
    all.find(({ code }) => code === 'unauthenticated') ??
    all.find(({ code }) => code !== 'not_found') ??
    all[0] ??
    null
  )
}

/** Whether it passes by itself, so that it is worth asking again. */
export function mayPass({ code }: Trouble): boolean {
  return code === 'away' || code === 'unavailable'
}
