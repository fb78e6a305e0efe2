import { afterEach, describe, expect, it, vi } from 'vitest'
import { pauseAfter } from '../src/lib/clock'

vi.stubGlobal('document', { baseURI: 'http://localhost/cairn/' })
const { act, asTrouble, postJson } = await import('../src/lib/http')

function answers(status: number, text: string): void {
  vi.stubGlobal('fetch', async () => new Response(text, { status }))
}

async function troubleOf(question: Promise<unknown>): Promise<string> {
  try {
    await question
  } catch (e) {
    return asTrouble(e).message
  }
  return 'none'
}

describe('an act', () => {
  afterEach(() => {
    vi.stubGlobal('fetch', undefined)
  })

  it('returns what the server says', async () => {
    answers(200, '{"changed": 3}')
    expect(await act('api/jobs/acts', {})).toEqual({ changed: 3 })
  })

  it('may have been done if no answer comes', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('network error')
    })
    expect(await troubleOf(act('api/jobs/acts', {}))).toContain('is not known')
    expect(await troubleOf(postJson('api/jobs/search', {}))).toContain('does not answer')
  })

  it('may have been done if a proxy lost patience', async () => {
    answers(504, '<html>Gateway Time-out</html>')
    expect(await troubleOf(act('api/jobs/acts', {}))).toContain('is not known')
  })

  it('may have been done if a proxy says anything else, or cuts the answer off', async () => {
    answers(524, '')
    expect(await troubleOf(act('api/jobs/acts', {}))).toContain('is not known')
    answers(200, '{"changed": ')
    expect(await troubleOf(act('api/jobs/acts', {}))).toContain('is not known')
  })

  it('was not done if nobody is signed in', async () => {
    answers(401, '<html>Sign in</html>')
    expect(await troubleOf(act('api/jobs/acts', {}))).toContain('status 401')
  })

  it('was not done if a sign-in that has ended sends the page elsewhere', async () => {
    const elsewhere = { type: 'opaqueredirect', ok: false, status: 0, text: async () => '' }
    let redirect = ''
    vi.stubGlobal('fetch', async (_: string, request: RequestInit) => {
      redirect = request.redirect ?? ''
      return elsewhere
    })
    expect(await troubleOf(act('api/jobs', {}))).toContain('not signed in any more')
    expect(redirect).toBe('manual')
    const refused = await postJson('api/jobs/search', {}).catch(asTrouble)
    expect(refused).toMatchObject({ code: 'unauthenticated' })
  })

  it('was not done if the server refused it', async () => {
    answers(409, '{"error": {"code": "conflict", "message": "The job has ended."}}')
    expect(await troubleOf(act('api/jobs/1/acts', {}))).toBe('The job has ended.')
  })
})

describe('a question that is asked again', () => {
  it('takes a hundredth of the server at most', () => {
    expect(pauseAfter(30, 4000)).toBe(4000)
    expect(pauseAfter(2000, 4000)).toBe(198_000)
    expect(pauseAfter(3_600_000, 4000)).toBe(300_000)
  })
})
