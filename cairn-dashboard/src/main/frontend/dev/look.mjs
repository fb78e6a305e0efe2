import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect, launch, madeByData, openPage, settled } from '../browser/chromium.mjs'

/**
 * Opens every page in Chromium, light and dark, wide and narrow: axe finds nothing, nothing overflows, the policy of the
 * server is kept, hostile values make no element, and keys work. Keeps a picture of each in LOOK_DIR.
 */
const url = process.env.LOOK_URL ?? 'http://127.0.0.1:8091/'
const folder = process.env.LOOK_DIR ?? mkdtempSync(join(tmpdir(), 'cairn-look-'))
const only = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

const heroes = {
  'job-running': 'jobs/9007199254740993',
  'job-stalled': 'jobs/1203990',
  'job-waiting': 'jobs/1203771?step=approval',
  'job-retrying': 'jobs/1203544',
  'job-quarantined': 'jobs/1203001',
  'job-hostile': 'jobs/666',
}
const others = Object.fromEntries(
  (process.env.LOOK_JOBS ?? '').split(',').map((id) => [`job-${id}`, `jobs/${id}`]),
)
const pages = {
  overview: '',
  jobs: 'jobs',
  'jobs-filtered': 'jobs?state=discarded&kind=charge_card&tag=acme',
  'jobs-stalled': 'jobs?sort=stalled',
  'jobs-none': 'jobs?kind=nothing',
  ...(process.env.LOOK_URL ? others : heroes),
  insert: 'insert?from=1203544',
  queues: 'queues',
  periodic: 'periodic',
  clients: 'clients',
  quarantine: 'quarantine',
  health: 'health',
  nowhere: 'nowhere',
}

const problems = {
  all: [],
  push(problem) {
    if (this.all.includes(problem)) return
    this.all.push(problem)
    console.error(problem)
  },
}
let runs = 0
const browser = await launch()

function fresh(width, colorScheme) {
  const [name, value] = (process.env.LOOK_COOKIE ?? '').split('=')
  const cookies = name ? { [name]: value } : {}
  return openPage(browser, url, (one) => problems.push(one), { width, colorScheme, cookies })
}

async function look(name, path) {
  const page = await fresh(1280, 'light')
  await page.goto(url + path)
  await settled(page)
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: width < 500 ? 740 : 860 })
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(500)
      await keep(page, `${name}-${width}-${colorScheme}`)
    }
  }
  await page.context().close()
  console.log(`looked at ${name}`)
}

async function keep(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  await page.keyboard.press('p')
  for (const one of await inspect(page, name)) problems.push(one)
  await page.keyboard.press('p')
  runs++
}

function expect(what, holds) {
  if (!holds) problems.push(`does not hold: ${what}`)
}

/** Values of the database are text and nothing else. */
async function hostile() {
  const page = await fresh(1280, 'light')
  for (const path of [
    '',
    'jobs',
    'jobs?state=discarded',
    heroes['job-hostile'],
    'queues',
    'health',
  ]) {
    await page.goto(url + path)
    await page.waitForTimeout(700)
    for (const summary of await page.locator('details > summary').all()) await summary.click()
    await page.waitForTimeout(500)
    const made = await madeByData(page)
    expect(`no element from data on '${path}': ${made}`, made.join() === '0,0,0')
  }
  await page.goto(url + heroes['job-hostile'])
  await page.waitForSelector('.invisible')
  expect(
    'a mark of direction is shown by name',
    (await page.locator('h1 .invisible').first().textContent()) === 'RLO',
  )
  await page.context().close()
}

async function keyboard() {
  const page = await fresh(1280, 'light')
  const path = () => new URL(page.url()).pathname.slice(new URL(url).pathname.length)
  await page.goto(url)
  await page.waitForSelector('.strip')
  await page.keyboard.press('g')
  await page.keyboard.press('j')
  await page.waitForSelector('.jobs')
  expect('g j goes to the jobs', path() === 'jobs')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  const id = await page.evaluate(() => document.activeElement?.dataset.row)
  await page.keyboard.press('x')
  expect('x ticks a row', (await page.locator('.bulk').textContent())?.includes('1 job'))
  await page.keyboard.press('Enter')
  await page.waitForSelector('.head')
  expect('Enter opens the row', path() === `jobs/${id}`)
  await page.goBack()
  await page.waitForSelector('.jobs')
  expect('back returns to the list', path() === 'jobs')
  await page.keyboard.press('/')
  await page.keyboard.type('kind:charge_card state:discarded')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip')
  expect(
    'the filter stands in the address',
    page.url().endsWith('?state=discarded&kind=charge_card'),
  )
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.waitForSelector('.keys')
  await page.keyboard.press('Escape')
  await page.waitForSelector('.keys', { state: 'detached' })
  await page.keyboard.press('p')
  expect('p pauses', (await page.locator('.live-word').textContent())?.startsWith('paused'))
  await page.context().close()
}

/** An act, the database away and back, and rows that stand still under the pointer. */
async function life() {
  const page = await fresh(1280, 'light')
  await page.goto(`${url}jobs`)
  await page.waitForSelector('.jobs')
  const ids = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.jobs [data-row]')].map((row) => row.dataset.row).join(),
    )
  await page.hover('.jobs tbody tr:nth-child(3)')
  const before = await ids()
  await page.waitForSelector('.fresh button')
  expect('no row comes under the pointer', (await ids()) === before)
  await page.click('.fresh button')
  expect('new rows are shown when asked for', (await ids()) !== before)

  await page.goto(`${url}jobs/1203544`)
  await page.waitForSelector('.acts')
  await page.click('.acts button:has-text("Cancel")')
  await page.fill('textarea', 'tested by look.mjs')
  await page.click('.act-buttons button[type=submit]')
  await page.waitForSelector('.said p')
  await page.waitForSelector('.head-cancelled')
  expect(
    'the act stands among the operations',
    (await page.locator('.operations').textContent())?.includes('tested by look.mjs'),
  )

  await fetch(`${url}mock/down`)
  await page.waitForSelector('.trouble-bar')
  expect('old data stays while the database is away', await page.locator('.head').isVisible())
  await page.screenshot({ path: join(folder, 'away-1280-light.png') })
  await fetch(`${url}mock/up`)
  await page.waitForSelector('.trouble-bar', { state: 'detached' })
  await page.context().close()
}

try {
  for (const [name, path] of Object.entries(pages)) {
    if (only.length === 0 || only.includes(name)) await look(name, path)
  }
  if (only.length === 0 || only.includes('walk')) {
    await hostile()
    await keyboard()
    await life()
  }
} finally {
  await browser.close()
}
console.log(`axe ran ${runs} times; ${problems.all.length} problems; pictures in ${folder}`)
process.exitCode = problems.all.length > 0 ? 1 : 0
