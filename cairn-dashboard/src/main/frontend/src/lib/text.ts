/** A piece of a text: as it is, or the name of a character that one would not see. */
export type Piece = { text: string } | { hidden: string }

/**
 * Control and format characters, marks of direction, unusual spaces, lone surrogates: what is not seen, or turns the
 * text around it. Tab and line feed are left alone.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is looked for by itself
  /[\u0000-\u0008\u000B-\u001F\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\uDB40[\uDC00-\uDFFF]/g

const names: Record<string, string> = {
  '\u0000': 'NUL',
  '\u0007': 'BEL',
  '\u0008': 'BS',
  '\r': 'CR',
  '\u001B': 'ESC',
  '\u007F': 'DEL',
  '\u00A0': 'NBSP',
  '\u00AD': 'SHY',
  '\u200B': 'ZWSP',
  '\u200C': 'ZWNJ',
  '\u200D': 'ZWJ',
  '\u200E': 'LRM',
  '\u200F': 'RLM',
  '\u202A': 'LRE',
  '\u202B': 'RLE',
  '\u202C': 'PDF',
  '\u202D': 'LRO',
  '\u202E': 'RLO',
  '\u2066': 'LRI',
  '\u2067': 'RLI',
  '\u2068': 'FSI',
  '\u2069': 'PDI',
  '\uFEFF': 'BOM',
}

/** Splits a text into what is shown as it is, and characters that are shown by name. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let from = 0
  for (const match of text.matchAll(invisible)) {
    if (match.index > from) {
      found.push({ text: text.slice(from, match.index) })
    }
    found.push({ hidden: nameOf(match[0]) })
    from = match.index + match[0].length
  }
  if (from < text.length) {
    found.push({ text: text.slice(from) })
  }
  return found
}

/** The same as one string, for attributes such as titles, where no element can stand: `a[RLO]b`. */
export function plain(text: string, limit = 300): string {
  const shown = pieces(cut(text, limit).text)
    .map((piece) => ('text' in piece ? piece.text : `[${piece.hidden}]`))
    .join('')
  return text.length > limit ? `${shown}…` : shown
}

/** Whether it has nothing that one would not see: a suggestion is shown and taken over as it is. */
export function isPlain(text: string): boolean {
  return text.length <= 300 && plain(text) === text
}

function nameOf(character: string): string {
  const point = character.codePointAt(0) ?? 0
  return names[character] ?? `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
}

/** The beginning of a text, never half of a pair of surrogates. */
export function cut(text: string, limit: number): { text: string; more: boolean } {
  if (text.length <= limit) {
    return { text, more: false }
  }
  const last = text.charCodeAt(limit - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit
  return { text: text.slice(0, end), more: true }
}
