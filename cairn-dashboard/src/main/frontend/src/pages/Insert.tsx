import { useEffect } from 'react'
import type { DataText, JobData } from '../api'
import { draftOf, emptyDraft } from '../insert/draft'
import { InsertForm } from '../insert/InsertForm'
import { useOnce } from '../lib/live'
import { jobPath, usePlace } from '../lib/router'
import { Empty } from '../ui/Section'
import { useSession } from '../ui/session'
import { Waiting } from '../ui/Waiting'

/** Inserts a job. The address may name an earlier one as template. */
export function Insert() {
  const { search } = usePlace()
  const from = new URLSearchParams(search).get('from')
  const session = useSession()
  useEffect(() => {
    document.title = 'Insert a job · Cairn'
  }, [])
  return (
    <>
      <h1 className="unseen">Insert a job</h1>
      {session === null ? (
        <Waiting trouble={null} />
      ) : !session.verbs.includes('insert') ? (
        <Empty>You may not insert jobs here.</Empty>
      ) : from === null ? (
        <InsertForm initial={emptyDraft} template={null} />
      ) : (
        <FromTemplate key={from} id={from} />
      )}
    </>
  )
}

function FromTemplate({ id }: { id: string }) {
  const job = useOnce<JobData>(`api/${jobPath(id)}`)
  const args = useOnce<DataText>(`api/${jobPath(id)}/args`)
  if (!job.data || !args.data) {
    return <Waiting trouble={job.trouble ?? args.trouble} />
  }
  const template = { job: job.data.job, args: args.data }
  return <InsertForm initial={draftOf(template.job, template.args)} template={template} />
}
