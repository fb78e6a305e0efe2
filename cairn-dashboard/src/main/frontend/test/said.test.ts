import { beforeEach, describe, expect, it } from 'vitest'
import { said, say, takeAway } from '../src/lib/said'

describe('what the page says', () => {
  const texts = () => said.get().map(({ text }) => text)

  beforeEach(() => said.set([]))

  it('is replaced by the next, unless it stays', () => {
    say('one')
    say('two')
    expect(texts()).toEqual(['two'])
  })

  it('stays until it is taken away', () => {
    say('100 jobs: retry. Then it stopped. No answer.', true)
    say('Job 7 is cancelled.')
    say('Job 8: no answer.', true)
    say('Job 9 is cancelled.')
    expect(texts()).toEqual([
      '100 jobs: retry. Then it stopped. No answer.',
      'Job 8: no answer.',
      'Job 9 is cancelled.',
    ])
    for (const message of said.get().slice(1)) takeAway(message)
    expect(texts()).toEqual(['100 jobs: retry. Then it stopped. No answer.'])
  })

  it('may be the same twice, and is taken away one by one', () => {
    say('No answer.', true)
    say('No answer.', true)
    const [first, second] = said.get()
    expect(first?.number).not.toBe(second?.number)
    if (first) takeAway(first)
    expect(said.get()).toEqual([second])
  })
})
