import { accessSync, constants, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Where Chromium is: in $CHROMIUM, on the path, or where macOS has it. Null if nowhere. */
export function findChromium() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
  const all = [process.env.CHROMIUM, ...onPath, ...elsewhere]
  return all.find((path) => path && isProgram(path)) ?? null
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export function launch() {
  return chromium.launch({
    executablePath: findChromium() ?? undefined,
    timeout: 180_000,
    args: [
      '--headless',
      // The pages are our own, and Chromium refuses root without this.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/**
 * A page that reports what must not happen: errors, dialogs, and requests to anywhere else.
 *
 * @param expected what the console may say, as a regular expression
 */
export async function openPage(browser, url, report, options = {}) {
  const { width = 1280, colorScheme = 'light', cookies = {}, expected = null } = options
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 740 : 860 },
    colorScheme,
    reducedMotion: 'reduce',
  })
  await context.addInitScript(keepMessages)
  const all = Object.entries(cookies).map(([name, value]) => ({ name, value, url }))
  if (all.length > 0) await context.addCookies(all)
  const page = await context.newPage()
  watch(page, url, report, expected)
  return page
}

/** Keeps what the page says after an act: it is gone after some seconds, maybe before the test looks. */
function keepMessages() {
  window.messages = []
  new MutationObserver(() => {
    const text = document.querySelector('.said')?.textContent
    if (text && text !== window.messages.at(-1)) window.messages.push(text)
  }).observe(document, { subtree: true, childList: true, characterData: true })
}

/** Lets another tab of a page report as well. */
export function watch(page, url, report, expected = null) {
  page.setDefaultTimeout(60_000)
  const where = () => page.url()
  page.on('console', (message) => {
    const text = `${message.text()} ${message.location().url}`
    if (message.type() === 'error' && !expected?.test(text)) report(`${where()}: console: ${text}`)
  })
  page.on('pageerror', (error) => report(`${where()}: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) report(`${where()}: asked ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    report(`${where()}: a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}

/** Waits until a page shows its data. */
export async function settled(page) {
  await page.waitForSelector('main > :not([aria-busy])')
  await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'))
}

/** What axe has against a page, and what is wider than the window; a line each. */
export async function inspect(page, name) {
  const found = []
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  if (over > 0) found.push(`${name}: ${over} px too wide`)
  // Through the debugger, because the policy allows the page no script of others.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], elementRef: false }),
  )
  for (const { id, nodes } of violations) {
    const detail = nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`)
    found.push(`${name}: axe ${id}: ${detail.join(' | ')}`)
  }
  return found
}

/** How many elements there are that only data could have made. */
export function madeByData(page) {
  return page.evaluate(() => [
    document.querySelectorAll('img, iframe, object, embed, [onerror], [onload]').length,
    document.querySelectorAll('#root script').length,
    [...document.querySelectorAll('a')].filter((a) => new URL(a.href).origin !== location.origin)
      .length,
  ])
}
