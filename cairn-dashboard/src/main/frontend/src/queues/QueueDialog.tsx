import { useState } from 'react'
import type { QueuePause } from '../api'
import { act } from '../lib/http'
import { say } from '../lib/said'
import { DataText } from '../ui/DataText'
import { ReasonDialog } from '../ui/ReasonDialog'
import { Time } from '../ui/Time'

interface QueueDialogProps {
  name: string
  /** That it is paused; null if it is not. */
  pause: QueuePause | null
  close: () => void
}

/** Pauses or resumes a queue, for a reason. */
export function QueueDialog({ name, pause: now, close }: QueueDialogProps) {
  // What the reader has seen: another pause may have another reason.
  const [pause] = useState(now)
  const verb = pause ? 'resumeQueue' : 'pauseQueue'
  const word = pause ? 'Resume queue' : 'Pause queue'

  const send = async (reason: string) => {
    const pausedAt = pause?.at ?? null
    await act(`api/queues/${encodeURIComponent(name)}/acts`, { verb, reason, pausedAt })
    say(`Queue ${name} is ${pause ? 'resumed' : 'paused'}.`)
    close()
  }

  return (
    <ReasonDialog title={word} word={word} close={close} send={send}>
      <p>
        <b>
          <DataText value={name} limit={80} />
        </b>
      </p>
      {pause && <Whose pause={pause} />}
      <p className="consequence">
        {pause
          ? 'Clients claim jobs of this queue again at once.'
          : 'No client claims another job of this queue until it is resumed. Running jobs go on.'}
      </p>
    </ReasonDialog>
  )
}

/** Who resumes the pause of somebody else should know why it was made. */
function Whose({ pause: { at, by, reason } }: { pause: QueuePause }) {
  return (
    <p className="whose-pause">
      Paused <Time at={at} />
      {by && (
        <>
          {' '}
          by <DataText value={by} limit={60} still />
        </>
      )}
      {reason ? (
        <>
          : “<DataText value={reason} limit={300} />”
        </>
      ) : (
        ', for a reason that nobody has recorded.'
      )}
    </p>
  )
}
