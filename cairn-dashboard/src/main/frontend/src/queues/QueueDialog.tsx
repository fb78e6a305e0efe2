import { act } from '../lib/http'
import { say } from '../lib/said'
import { DataText } from '../ui/DataText'
import { ReasonDialog } from '../ui/ReasonDialog'

interface QueueDialogProps {
  queue: { name: string; paused: boolean }
  close: () => void
}

/** Pauses or resumes a queue, for a reason. */
export function QueueDialog({ queue, close }: QueueDialogProps) {
  const verb = queue.paused ? 'resumeQueue' : 'pauseQueue'
  const word = queue.paused ? 'Resume queue' : 'Pause queue'

  const send = async (reason: string) => {
    await act(`api/queues/${encodeURIComponent(queue.name)}/acts`, { verb, reason })
    say(`Queue ${queue.name} is ${queue.paused ? 'resumed' : 'paused'}.`)
    close()
  }

  return (
    <ReasonDialog title={word} word={word} close={close} send={send}>
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
    </ReasonDialog>
  )
}
