import { useEffect } from 'react'
import { type Message, said, takeAway } from '../lib/said'
import { useStore } from '../lib/store'
import { DataText } from './DataText'

/** Where the page tells what was done, without moving anything. */
export function Said() {
  const messages = useStore(said)
  const passing = messages.find((message) => !message.stays)
  useEffect(() => {
    if (!passing) return
    const timer = setTimeout(() => takeAway(passing), 8000)
    return () => clearTimeout(timer)
  }, [passing])
  return (
    <div className="said" role="status" aria-live="polite">
      {messages.map((message) => (
        <One key={message.number} message={message} />
      ))}
    </div>
  )
}

function One({ message }: { message: Message }) {
  return (
    <p>
      <DataText value={message.text} still />
      {message.stays && (
        <button type="button" className="more" onClick={() => takeAway(message)}>
          close
        </button>
      )}
    </p>
  )
}
