export const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const
export type Level = (typeof levels)[number]

/** An entry of a log: its first line and those that belong to it, such as a trace. */
export interface Entry {
  level: Level | null
  text: string
}

const level = /(?:^|[\s[("=|])(TRACE|DEBUG|INFO|WARN|WARNING|ERROR)(?=[\s\]):,|"]|$)/i
const continued = /^(\s+|Caused by:|Suppressed:|\.\.\. \d+ more|$)/

/** Splits a log into entries, and finds the level of each near its beginning. */
export function entries(text: string): Entry[] {
  const found: Entry[] = []
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  for (const line of text === '' ? [] : lines) {
    const own = levelOf(line)
    const last = found.at(-1)
    if (last && own === null && continued.test(line)) {
      last.text += `\n${line}`
    } else {
      found.push({ level: own ?? last?.level ?? null, text: line })
    }
  }
  return found
}

function levelOf(line: string): Level | null {
  const word = level.exec(line.slice(0, 90))?.[1]?.toUpperCase()
  return word === 'WARNING' ? 'WARN' : (levels.find((one) => one === word) ?? null)
}

/** The entries from a level on. One whose level is unknown is always shown. */
export function fromLevel(all: Entry[], least: Level): Entry[] {
  const rank = levels.indexOf(least)
  return all.filter((entry) => entry.level === null || levels.indexOf(entry.level) >= rank)
}
