import { describe, expect, it } from 'vitest'
import { brief, type Json, parsed, pretty } from '../src/lib/json'

function numbers(value: Json | null): string[] {
  switch (value?.type) {
    case 'number':
      return [value.text]
    case 'array':
      return value.items.flatMap(numbers)
    case 'object':
      return value.entries.flatMap(([, item]) => numbers(item))
    default:
      return []
  }
}

describe('JSON of users', () => {
  it('keeps every number as it is written', () => {
    const text = '{"id": 9007199254740993, "ratio": 0.10000000000000000555, "big": [1E400, -0.0]}'
    expect(numbers(parsed(text))).toEqual([
      '9007199254740993',
      '0.10000000000000000555',
      '1E400',
      '-0.0',
    ])
  })

  it('is indented with every number as it is written', () => {
    expect(pretty('{"a":[1E400,{"b":"\\u0000"}],"c":{},"d":[]}')).toBe(
      '{\n  "a": [\n    1E400,\n    {\n      "b": "\\u0000"\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    )
    expect(pretty('{"__proto__": 1}')).toBe('{"__proto__": 1}')
    expect(pretty('no JSON')).toBe('no JSON')
    const deep = `${'{"a":['.repeat(1500)}${']}'.repeat(1500)}`
    expect(pretty(deep)).toBe(deep)
  })

  it('gives up on what it would not show faithfully', () => {
    expect(parsed('{"__proto__": {"admin": true}}')).toBeNull()
    expect(parsed('{"\\u005f_proto__": 1}')).toBeNull()
    expect(parsed('{"a": ')).toBeNull()
    expect(parsed('['.repeat(100_000))).toBeNull()
  })

  it('knows all kinds of values', () => {
    expect(parsed('[null, true, "<b>", {}]')).toEqual({
      type: 'array',
      items: [
        { type: 'literal', text: 'null' },
        { type: 'literal', text: 'true' },
        { type: 'string', value: '<b>' },
        { type: 'object', entries: [] },
      ],
    })
  })

  it('gives one line', () => {
    expect(brief('"/usr/share"')).toBe('/usr/share')
    expect(brief('{"page": 12}')).toBe('{"page": 12}')
    expect(brief('"abcdefgh"', 3)).toBe('abc…')
  })
})
