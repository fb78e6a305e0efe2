import { useState } from 'react'
import type { QueuePause } from '../api'
import { act } from '../lib/http'
import { say } from '../lib/said'
import { DataText } from '../ui/DataText'
import { ReasonDialog } from '../ui/ReasonDialog'
import { Time } from '../ui/Time'

interface QueueDialogProps {
  name: string
  verb: 'pauseQueue' | 'resumeQueue'
  /** That it is paused; null if it is not, and undefined if the server does not say it. */
  pause: QueuePause | null | undefined
  close: () => void
}

/** Pauses or resumes a queue, for a reason. */
export function QueueDialog({ name, verb, pause: now, close }: QueueDialogProps) {
  // What the reader has seen: another pause may have another reason.
  const [pause] = useState(now)
  const word = verb === 'resumeQueue' ? 'Resume queue' : 'Pause queue'

  const send = async (reason: string) => {
    await act(`api/queues/${encodeURIComponent(name)}/acts`, { verb, reason, ...seen(pause) })
    say(`Queue ${name} is ${verb === 'resumeQueue' ? 'resumed' : 'paused'}.`)
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
        {verb === 'resumeQueue'
          ? 'Clients claim jobs of this queue again at once.'
          : 'No client claims another job of this queue until it is resumed. Running jobs go on.'}
      </p>
    </ReasonDialog>
  )
}

/** The act is done only if that is so still. */
function seen(pause: QueuePause | null | undefined) {
  if (pause === undefined) return {}
  return {
    pausedAt: pause?.at ?? null,
    pausedBy: pause?.by ?? null,
    pauseReason: pause?.reason ?? null,
  }
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
