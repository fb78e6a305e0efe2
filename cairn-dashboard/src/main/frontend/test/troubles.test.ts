import { describe, expect, it } from 'vitest'
import { tell, trouble } from '../src/lib/troubles'

describe('what keeps views from their data', () => {
  it('is said as long as one of them is kept from it', () => {
    const list = {}
    const numbers = {}
    const away = { code: 'away', message: 'no answer' }
    tell(list, away)
    tell(numbers, null)
    expect(trouble.get()).toBe(away)
    tell(numbers, { code: 'unavailable', message: 'no database' })
    tell(list, null)
    expect(trouble.get()?.code).toBe('unavailable')
    tell(numbers, null)
    expect(trouble.get()).toBeNull()
  })

  it('is first of all that nobody is signed in, and last that something is not there', () => {
    const views = [{}, {}, {}]
    const codes = ['not_found', 'away', 'unauthenticated']
    const said = views.map((view, i) => {
      tell(view, { code: codes[i] ?? '', message: '' })
      return trouble.get()?.code
    })
    expect(said).toEqual(codes)
    for (const view of views) tell(view, null)
    expect(trouble.get()).toBeNull()
  })
})
