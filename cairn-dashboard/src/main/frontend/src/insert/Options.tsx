import { TextInput } from '@mantine/core'
import { Choice } from './Choice'
import type { Draft } from './draft'
import type { FormPart } from './InsertForm'

const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Where, when and how often the job runs. */
export function Options({ draft, change, wrong }: FormPart) {
  return (
    <>
      <div className="insert-row">
        <TextInput
          label="Queue"
          placeholder="default"
          spellCheck={false}
          value={draft.queue}
          error={wrong('queue')}
          onChange={(event) => change({ queue: event.currentTarget.value })}
        />
        <TextInput
          label="Priority"
          placeholder="1, first, to 4"
          inputMode="numeric"
          value={draft.priority}
          error={wrong('priority')}
          onChange={(event) => change({ priority: event.currentTarget.value })}
        />
        <TextInput
          label="Attempts"
          placeholder="25"
          inputMode="numeric"
          value={draft.maxAttempts}
          error={wrong('maxAttempts')}
          onChange={(event) => change({ maxAttempts: event.currentTarget.value })}
        />
      </div>
      <div className="insert-row">
        <TextInput
          type="datetime-local"
          step="1"
          label="Due"
          description={`Time zone ${zone}; at once if empty`}
          value={draft.due}
          error={wrong('scheduledAt')}
          onChange={(event) => change({ due: event.currentTarget.value })}
        />
        <TextInput
          label="Tags"
          description="With blanks between them"
          spellCheck={false}
          value={draft.tags}
          error={wrong('tags')}
          onChange={(event) => change({ tags: event.currentTarget.value })}
        />
      </div>
      <Unique draft={draft} change={change} wrong={wrong} />
      <label className="check">
        <input
          type="checkbox"
          checked={draft.pending}
          onChange={(event) => change({ pending: event.currentTarget.checked })}
        />{' '}
        wait until somebody resumes it
      </label>
    </>
  )
}

function Unique({ draft, change, wrong }: FormPart) {
  return (
    <Choice
      label="Unique"
      description="Earlier jobs inserted by the same rule count, unless cancelled or discarded"
      value={draft.unique}
      change={(value) => change({ unique: value as Draft['unique'] })}
      error={wrong('unique')}
    >
      <option value="">no: insert it in any case</option>
      <option value="kind">only one of its kind</option>
      <option value="kindAndQueue">only one of its kind in its queue</option>
    </Choice>
  )
}
