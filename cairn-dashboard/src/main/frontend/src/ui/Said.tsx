import { useEffect } from 'react'
import { Store, useStore } from '../lib/store'
import { DataText } from './DataText'

const said = new Store<{ text: string } | null>(null)

/** Tells the reader what was done, without moving anything. */
export function say(text: string): void {
  said.set({ text })
}

/** The place where it is told. */
export function Said() {
  const message = useStore(said)
  useEffect(() => {
    if (!message) return
    const timer = setTimeout(() => said.set(null), 8000)
    return () => clearTimeout(timer)
  }, [message])
  return (
    <div className="said" role="status" aria-live="polite">
      {message && (
        <p>
          <DataText value={message.text} still />
        </p>
      )}
    </div>
  )
}
