import type { Verb } from '../api'

/** How a verb is said on a button. */
export const verbWords: Record<Verb, string> = {
  interrupt: 'Interrupt',
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry now',
  restart: 'Restart from zero',
  rewind: 'Rewind to a step',
  skip: 'Skip a step',
  redrive: 'Redrive items',
  delete: 'Delete',
  insert: 'Insert',
  pauseQueue: 'Pause queue',
  resumeQueue: 'Resume queue',
}

/** Verbs after which something is lost that cannot be brought back. */
export const losing: ReadonlySet<Verb> = new Set(['cancel', 'restart', 'delete', 'rewind'])

/** What is done only in the state in which the reader has seen the job. In another, it would do something else. */
export const careful: ReadonlySet<Verb> = new Set([
  'retry',
  'restart',
  'delete',
  'redrive',
  'rewind',
])

export function verbWord(verb: string): string {
  return verbWords[verb as Verb] ?? verb
}
