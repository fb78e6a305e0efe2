import { describe, expect, it } from 'vitest'
import { statesOf, type Ticked } from '../src/lib/ticks'

describe('ticks', () => {
  const both: Ticked = new Map([
    ['1', 'discarded'],
    ['2', 'completed'],
    ['3', 'discarded'],
  ])

  it('are for the states in which they were set', () => {
    expect(statesOf('delete', both)).toEqual(['discarded', 'completed'])
  })

  it('cancel jobs that have begun meanwhile too', () => {
    expect(statesOf('cancel', both)).toEqual([])
  })

  it('retry completed jobs only if all are', () => {
    expect(statesOf('retry', both)).toEqual(['discarded'])
    expect(statesOf('retry', new Map([['2', 'completed']]))).toEqual(['completed'])
  })
})
