import { Button, Modal, Textarea } from '@mantine/core'
import { useState } from 'react'
import type { QueueDetail } from '../api'
import { asTrouble, postJson, type Trouble } from '../lib/http'
import { DataText } from '../ui/DataText'
import { say } from '../ui/Said'

/** Pauses or resumes a queue, for a reason. */
export function QueueDialog({ queue, close }: { queue: QueueDetail; close: () => void }) {
  const [reason, setReason] = useState('')
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const [busy, setBusy] = useState(false)
  const verb = queue.paused ? 'resumeQueue' : 'pauseQueue'
  const word = queue.paused ? 'Resume queue' : 'Pause queue'

  const act = async () => {
    setBusy(true)
    try {
      const path = `api/queues/${encodeURIComponent(queue.name)}/acts`
      await postJson(path, { verb, reason: reason.trim() })
      say(`Queue ${queue.name} is ${queue.paused ? 'resumed' : 'paused'}.`)
      close()
    } catch (e) {
      setTrouble(asTrouble(e))
      setBusy(false)
    }
  }

  return (
    <Modal opened onClose={close} title={word} centered>
      <form
        className="act-form"
        onSubmit={(event) => {
          event.preventDefault()
          void act()
        }}
      >
        <p>
          <b>
            <DataText value={queue.name} limit={80} />
          </b>
        </p>
        <p className="consequence">
          {queue.paused
            ? 'Clients claim jobs of this queue again at once.'
            : 'No client claims another job of this queue until it is resumed. Running jobs go on.'}
        </p>
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
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button type="submit" loading={busy} disabled={reason.trim() === ''}>
            {word}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
