import { Textarea } from '@mantine/core'
import { useState } from 'react'
import type { ActRequest, JobData, State } from '../api'
import { act } from '../lib/http'
import { jobPath } from '../lib/router'
import { say } from '../lib/said'
import { plain } from '../lib/text'
import type { Intent } from '../pages/JobPage'
import { DataText } from '../ui/DataText'
import { ReasonDialog } from '../ui/ReasonDialog'
import { RunsAgain } from './RunsAgain'
import { wholeCursor } from './rewind'
import { careful, losing, verbWord } from './words'

interface ActDialogProps {
  data: JobData
  intent: Intent
  close: () => void
}

/** Asks for the reason, and for what else the act needs, and says what will happen. */
export function ActDialog({ data, intent, close }: ActDialogProps) {
  const { verb } = intent
  const offer = data.verbs.find((one) => one.verb === verb)
  const needsStep = verb === 'rewind' || verb === 'skip'
  const [step, setStep] = useState(intent.step ?? (needsStep ? (choices(data, verb)[0] ?? '') : ''))
  const [atCursor, setAtCursor] = useState(intent.atCursor ?? false)
  const [value, setValue] = useState(() => initialValue(data, verb, step))
  const partial = data.steps.some((one) => one.name === step && one.cursorPartial)
  const [run, setRun] = useState(intent.run ?? false)
  // The state that the reader has seen: in another, the same verb may do something else.
  const [seen] = useState(data.job.state)
  const late = lateness(data, intent, seen)
  const needsValue = verb === 'skip' || (verb === 'rewind' && atCursor)
  const wrong = needsValue && !isJson(value)

  const choose = (name: string) => {
    setStep(name)
    setValue(initialValue(data, verb, name))
  }

  const send = async (reason: string) => {
    const body: ActRequest = { verb, reason }
    if (careful.has(verb)) body.state = seen
    if (needsStep) body.step = step
    if (verb === 'rewind' && run) body.run = true
    if (needsValue) body[verb === 'skip' ? 'result' : 'cursor'] = value
    const { text } = await act<{ text: string }>(`api/${jobPath(data.job.id)}/acts`, body)
    say(text)
    close()
  }

  return (
    <ReasonDialog
      title={verbWord(verb)}
      word={verbWord(verb)}
      losing={losing.has(verb)}
      wide
      ready={!wrong && late === null && !(needsStep && step === '')}
      close={close}
      send={send}
    >
      <p className="dim">
        <DataText value={data.job.kind} limit={60} still />{' '}
        <span className="id">{data.job.id}</span>
      </p>
      {offer && (
        <p className="consequence">
          <DataText value={offer.text} limit={400} />
        </p>
      )}
      {needsStep && <StepChoice data={data} verb={verb} step={step} setStep={choose} />}
      {verb === 'rewind' && (
        <label className="check">
          <input
            type="checkbox"
            checked={atCursor}
            onChange={(event) => setAtCursor(event.currentTarget.checked)}
          />{' '}
          continue this step at a cursor
        </label>
      )}
      {verb === 'rewind' && (
        <label className="check">
          <input
            type="checkbox"
            checked={run}
            onChange={(event) => setRun(event.currentTarget.checked)}
          />{' '}
          make the job ready to run at once
        </label>
      )}
      {needsValue && (
        <Textarea
          label={verb === 'skip' ? 'Result, as JSON' : 'Cursor, as JSON'}
          description={
            verb === 'skip'
              ? 'Later steps read it in place of what the step would have returned'
              : `The step goes on behind this position${partial ? '. A part of the present one is not shown: write the whole' : ''}`
          }
          error={wrong ? 'This is no JSON. A text needs quotes.' : null}
          required
          rows={2}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
      )}
      {verb === 'rewind' && (
        <RunsAgain
          steps={data.steps}
          more={data.steps.length < data.stepsInAll}
          name={step}
          atCursor={atCursor}
        />
      )}
      {late && (
        <p className="bad" role="alert">
          <DataText value={late} limit={300} />
        </p>
      )}
    </ReasonDialog>
  )
}

/** Why the act does not fit any more, although it did when the dialog was opened; null if it fits. */
function lateness(data: JobData, { verb }: Intent, seen: State): string | null {
  const offer = data.verbs.find((one) => one.verb === verb)
  if (!offer?.allowed) {
    return offer?.because ?? 'This job was deleted.'
  }
  return careful.has(verb) && data.job.state !== seen
    ? `The job was ${seen} when you looked, and is ${data.job.state} by now: close this and look again.`
    : null
}

interface StepChoiceProps {
  data: JobData
  verb: string
  step: string
  setStep: (step: string) => void
}

function StepChoice({ data, verb, step, setStep }: StepChoiceProps) {
  return (
    <label className="field">
      Step
      <select value={step} onChange={(event) => setStep(event.currentTarget.value)}>
        {choices(data, verb).map((name) => (
          <option key={name} value={name}>
            {plain(name, 80)}
          </option>
        ))}
      </select>
    </label>
  )
}

function choices(data: JobData, verb: string): string[] {
  const fits = data.steps.filter((one) =>
    verb === 'skip' ? !one.finished : one.startedAt !== null || one.finished,
  )
  return [...new Set(fits.map((one) => one.name))]
}

function initialValue(data: JobData, verb: string, step: string): string {
  return verb === 'skip' ? 'null' : wholeCursor(data.steps, step)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
