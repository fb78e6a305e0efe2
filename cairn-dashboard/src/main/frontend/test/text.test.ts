import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { cut, pieces, plain } from '../src/lib/text'
import { DataText } from '../src/ui/DataText'

function shown(value: string): string {
  return renderToStaticMarkup(createElement(DataText, { value }))
}

describe('text from the database', () => {
  it('shows by name what one does not see', () => {
    expect(plain('evil\u202egnp.exe')).toBe('evil[RLO]gnp.exe')
    expect(plain('a\u0000\u001b[31mb\u200b')).toBe('a[NUL][ESC][31mb[ZWSP]')
    expect(plain('\ud800x')).toBe('[U+D800]x')
    expect(plain('x\udc00')).toBe('x[U+DC00]')
    expect(plain('tag\u{e0041}')).toBe('tag[U+E0041]')
  })

  it('leaves other text alone', () => {
    for (const text of ['Zürich, 東京, مرحبا', 'line one\n\tline two', '🚀 done']) {
      expect(pieces(text)).toEqual([{ text }])
    }
  })

  it('makes no element of it', () => {
    const html = shown('<img src=x onerror=alert(1)>"&\u202e')
    expect(html).not.toMatch(/<img/)
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).toMatch(/^<bdi class="data">/)
    expect(html).toContain('>RLO</span>')
  })

  it('cuts long text, and says how long it is', () => {
    const html = shown('x'.repeat(1_000_000))
    expect(html.length).toBeLessThan(500)
    expect(html).toContain('977 kB')
  })

  it('never cuts a character in two', () => {
    expect(cut('ab🚀', 3)).toEqual({ text: 'ab', more: true })
    expect(cut('ab🚀', 4)).toEqual({ text: 'ab🚀', more: false })
  })
})

describe('the sources', () => {
  const raw =
    /dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|createContextualFragment|document\.write|srcDoc|\beval\s*\(|new Function\b|setAttribute\(|DOMParser|set(Timeout|Interval)\(\s*['"`]|javascript:/

  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => [name, readFileSync(join('src', name), 'utf8')] as const)

  it.each(sources)('%s has no raw way around', (_name, text) => {
    expect(text).not.toMatch(raw)
  })

  it.each(sources)('%s shows no name as it is', (_name, text) => {
    // Cut by hand, or in a label: DataText and plain() are the ways for data.
    expect(text).not.toMatch(/>\s*\{[\w.]+\.slice\(0, \d+\)\}\s*</)
    expect(text).not.toMatch(/label=\{`[^`]*\$\{[\w.]*(name|kind|queue|client)\b/)
  })

  it('writes addresses in one place only', () => {
    const writers = sources.filter(([, text]) => /\b(href|src|action|formAction)=/.test(text))
    expect(writers.map(([name]) => name)).toEqual([join('ui', 'Link.tsx')])
  })
})
