import { Button, Textarea } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useAlive } from '../lib/alive'
import { asTrouble, type Trouble } from '../lib/http'
import { say } from '../lib/said'
import { DataText } from './DataText'
import { Dialog } from './Dialog'

interface ReasonDialogProps {
  title: string
  /** The word on the button that does it. */
  word: string
  /** Whether something is lost that cannot be brought back. */
  losing?: boolean
  wide?: boolean
  /** Whether what the children ask for is there. */
  ready?: boolean
  close: () => void
  /** Does it, or throws. */
  send: (reason: string) => Promise<void>
  children: ReactNode
}

/** Asks for the reason of an act, and for what else it needs, and says what went wrong. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, word, losing = false, wide = false, ready = true, close, send, children } = props
  const [reason, setReason] = useState('')
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const [busy, setBusy] = useState(false)
  const alive = useAlive()
  const act = async () => {
    setBusy(true)
    try {
      await send(reason.trim())
    } catch (e) {
      const why = asTrouble(e)
      if (!alive.current) say(`${title}: ${why.message}`, true)
      setTrouble(why)
      setBusy(false)
    }
  }
  // The answer is shown here: without it, one would not know whether it was done.
  const leave = () => {
    if (!busy) close()
  }
  return (
    <Dialog opened title={title} wide={wide} close={leave}>
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault()
          void act()
        }}
      >
        {children}
        <Textarea
          label="Reason"
          description="Recorded with your name"
          required
          rows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {trouble && (
          <p className="bad" role="alert">
            <DataText value={trouble.message} />
          </p>
        )}
        <div className="act-buttons">
          <Button variant="default" onClick={leave} disabled={busy}>
            Leave it
          </Button>
          <Button
            type="submit"
            color={losing ? 'red' : undefined}
            loading={busy}
            disabled={reason.trim() === '' || !ready}
          >
            {word}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
