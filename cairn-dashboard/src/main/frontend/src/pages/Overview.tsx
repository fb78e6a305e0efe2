import type { OverviewData } from '../api'
import { useLive } from '../lib/live'
import { AttentionList } from '../overview/AttentionList'
import { ClientsInShort, QueuesInShort } from '../overview/InShort'
import { RatesChart } from '../overview/RatesChart'
import { RecentActions } from '../overview/RecentActions'
import { RunningList } from '../overview/RunningList'
import { StateStrip } from '../overview/StateStrip'
import { Waiting } from '../ui/Waiting'

export function Overview() {
  const { data, trouble } = useLive<OverviewData>('api/overview')
  return (
    <>
      <h1 className="unseen">Overview</h1>
      {data ? (
        <div className="overview">
          <AttentionList attention={data.attention} now={data.now} />
          <StateStrip states={data.states} />
          <RatesChart rates={data.rates} />
          <RunningList running={data.running} />
          <QueuesInShort queues={data.queues} />
          <ClientsInShort clients={data.clients} />
          <RecentActions />
        </div>
      ) : (
        <Waiting trouble={trouble} />
      )}
    </>
  )
}
