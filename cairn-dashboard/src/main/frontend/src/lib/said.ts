import { Store } from './store'

/** What the page tells its reader about an act. */
export interface Message {
  number: number
  text: string
  stays: boolean
}

let count = 0

/** The oldest first. At most one of them goes by itself. */
export const said = new Store<Message[]>([])

/** Tells the reader what was done. What went wrong `stays` until it is taken away, whatever is said later. */
export function say(text: string, stays = false): void {
  said.set([...said.get().filter((message) => message.stays), { number: count++, text, stays }])
}

export function takeAway(gone: Message): void {
  said.set(said.get().filter((message) => message !== gone))
}
