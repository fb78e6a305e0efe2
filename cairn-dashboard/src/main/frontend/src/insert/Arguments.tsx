import { Textarea } from '@mantine/core'
import type { JobDetail, DataText as Stored } from '../api'
import { jobPath } from '../lib/router'
import { JsonTree } from '../ui/JsonTree'
import { Link } from '../ui/Link'
import { writable } from './draft'
import type { FormPart } from './InsertForm'

/** An earlier job, with its arguments as far as they may be seen. */
export interface Template {
  job: JobDetail
  args: Stored
}

/** The arguments: written here, or taken over from another job as they are stored. */
export function Arguments(props: FormPart & { template: Template | null }) {
  const { draft, change, wrong, template } = props
  if (draft.copyOf !== null && template !== null) {
    return <TakenOver {...props} template={template} />
  }
  return (
    <div className="insert-args">
      <Textarea
        label="Arguments"
        description="A JSON object"
        required
        rows={Math.min(20, Math.max(6, draft.args.split('\n').length))}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={draft.args}
        error={wrong('args')}
        onChange={(event) => change({ args: event.currentTarget.value })}
      />
      {template?.args.redacted && (
        <p className="field-note">
          Hidden values are shown as "redacted": write the real ones, or{' '}
          <button
            type="button"
            className="more"
            onClick={() => change({ copyOf: template.job.id, kind: template.job.kind })}
          >
            take over the arguments as they are
          </button>
        </p>
      )}
    </div>
  )
}

function TakenOver({ change, wrong, template }: FormPart & { template: Template }) {
  const { job, args } = template
  const refused = wrong('copyOf')
  return (
    <fieldset className="field taken-over">
      <legend>Arguments</legend>
      <p>
        Those of job <Link to={jobPath(job.id)}>{job.id}</Link>, as they are stored
        {args.redacted && ', with the values that are hidden here'}
        {args.hidden && ', which you may not see'}.
      </p>
      {refused !== null && (
        <p className="bad" role="alert">
          {refused}
        </p>
      )}
      {!args.hidden && args.json !== null && !args.truncated && (
        <JsonTree json={args.json} open={false} />
      )}
      {writable(args) && (
        <button type="button" className="more" onClick={() => change({ copyOf: null })}>
          write other arguments
        </button>
      )}
    </fieldset>
  )
}
