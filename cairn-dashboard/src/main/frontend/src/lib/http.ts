import type { ApiErrorBody } from '../api'
import { below } from './base'

/** Why something could not be read or done. `away` is the page's own code: no answer at all. */
export interface Trouble {
  code: string
  message: string
  /** The member of the request that is wrong, if it is one in particular. */
  field?: string | null
}

export class ApiError extends Error {
  /** `told` is whether the dashboard's server itself said so, and not somebody on the way to it. */
  constructor(
    readonly trouble: Trouble,
    readonly told = false,
  ) {
    super(trouble.message)
  }
}

const away: Trouble = { code: 'away', message: 'The server of the dashboard does not answer.' }
const patience = 20_000

/** Some acts change ten thousand jobs, in ten transactions. */
const actPatience = 180_000

/** With these, a proxy or a sign-in has let nothing through. */
const refused = [401, 403, 404, 413]
/** What a sign-in that has ended answers instead of the dashboard, which itself sends nobody elsewhere. */
const signedOut: Trouble = {
  code: 'unauthenticated',
  message: 'You are not signed in any more, so this was not done. Reload the page to sign in.',
}
const unknown: Trouble = {
  code: 'away',
  message:
    'No answer came, so whether it was done is not known. Look at the jobs before you do it again.',
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { headers: { accept: 'application/json' } }, signal)
}

/** Asks a question that is too long for an address, or must not stand in one. */
export async function postJson<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, posted(body), signal)
}

/** Has something changed. Without an answer, it may have been done or not. */
export async function act<T>(path: string, body: unknown): Promise<T> {
  try {
    return await ask<T>(path, posted(body), undefined, actPatience)
  } catch (e) {
    throw e instanceof ApiError && !e.told ? new ApiError(unknown) : e
  }
}

function posted(body: unknown): RequestInit {
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

async function ask<T>(
  path: string,
  request: RequestInit,
  signal?: AbortSignal,
  most = patience,
): Promise<T> {
  const limit = AbortSignal.timeout(most)
  const both = signal ? AbortSignal.any([signal, limit]) : limit
  let response: Response
  let text: string
  try {
    response = await fetch(below(path), {
      ...request,
      signal: both,
      credentials: 'same-origin',
      redirect: 'manual',
    })
    text = await response.text()
  } catch (e) {
    if (signal?.aborted) throw e
    throw new ApiError(away)
  }
  if (response.type === 'opaqueredirect') {
    throw new ApiError(signedOut, true)
  }
  if (!response.ok) {
    const own = ownTrouble(text)
    const told = own !== null || refused.includes(response.status)
    throw new ApiError(own ?? troubleOf(text, response.status), told)
  }
  try {
    return JSON.parse(text) as T
  } catch {
    throw new ApiError({ code: 'invalid', message: 'The server sent something that is no JSON.' })
  }
}

function ownTrouble(text: string): Trouble | null {
  try {
    const { error } = JSON.parse(text) as ApiErrorBody
    return typeof error.code === 'string' && typeof error.message === 'string' ? error : null
  } catch {
    return null
  }
}

/** The error in an answer, or a sentence by its status if it has none, e.g. from a proxy. */
export function troubleOf(text: string, status: number): Trouble {
  const own = ownTrouble(text)
  if (own) return own
  return status >= 502 && status <= 504
    ? away
    : { code: 'invalid', message: `The server answered with status ${status}.` }
}

export function asTrouble(error: unknown): Trouble {
  return error instanceof ApiError
    ? error.trouble
    : { code: 'invalid', message: error instanceof Error ? error.message : String(error) }
}
