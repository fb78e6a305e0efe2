import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { launch, openPage } from './chromium.mjs'
import { scenarios } from './scenarios.mjs'

/**
 * Driven by BrowserTest through lines of JSON. It is told `{"run": name, "given": {...}, "number": n}` and answers
 * `{"ok": true}`, with the value of the scenario if it has one, or `{"failed": text}`, with the number. In between it may say `{"ask": name}`, and waits until the test has done that and says
 * `{"done": value}`. Argument: a folder for a picture of each page at which a scenario failed.
 */
const pictures = process.argv[2] ?? '.'
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function hear() {
  const { value, done } = await lines.next()
  return done ? null : JSON.parse(value)
}

const tell = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

async function run(browser, { run: name, given, number }) {
  const problems = new Set()
  const report = (problem) => problems.add(problem)
  const ask = async (what) => {
    tell({ ask: what, number })
    return (await hear())?.done
  }
  const open = (options = {}) =>
    openPage(browser, given.url, report, { cookies: { role: 'operator' }, ...options })
  let value = null
  try {
    value = await scenarios[name](given, { browser, open, ask, report })
  } catch (e) {
    problems.add(e.stack ?? String(e))
  }
  const contexts = browser.contexts()
  if (problems.size > 0) await picture(name, contexts)
  await Promise.all(contexts.map((context) => context.close()))
  tell(
    problems.size > 0 ? { failed: [...problems].join('\n'), number } : { ok: true, number, value },
  )
}

async function picture(name, contexts) {
  mkdirSync(pictures, { recursive: true })
  const pages = contexts.flatMap((context) => context.pages())
  for (const [i, page] of pages.entries()) {
    const path = join(pictures, `${name}-${i}.png`)
    await page.screenshot({ path, timeout: 10_000 }).catch(() => {})
  }
}

const browser = await launch()
try {
  tell({ ok: true })
  for (let order = await hear(); order; order = await hear()) {
    await run(browser, order)
  }
} finally {
  await browser.close()
}
process.exit()
