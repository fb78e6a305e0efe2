import { useEffect } from 'react'
import { Store, useStore } from '../lib/store'
import { DataText } from './DataText'

const said = new Store<{ text: string; stays: boolean } | null>(null)

/** Tells the reader what was done, without moving anything. What went wrong `stays` until it is taken away. */
export function say(text: string, stays = false): void {
  said.set({ text, stays })
}

/** The place where it is told. */
export function Said() {
  const message = useStore(said)
  useEffect(() => {
    if (!message || message.stays) return
    const timer = setTimeout(() => said.set(null), 8000)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <div className="said" role="status" aria-live="polite">
      {message && (
        <p>
          <DataText value={message.text} still />
          {message.stays && (
            <button type="button" className="more" onClick={() => said.set(null)}>
              close
            </button>
          )}
        </p>
      )}
    </div>
  )
}
