import assert from 'node:assert/strict'
import { act, finish, goByKeys, rowsOf, shows, until, visit } from './steps.mjs'

/* How a person comes from one place of the page to another: by links, back, and with the keyboard alone. */

/** What has the focus, in words. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: it } = document
    return `${it?.tagName.toLowerCase()} ${it?.dataset.row ?? it?.textContent?.trim().slice(0, 60)}`
  })
const focusIs = (page, what) =>
  until(`the focus is on '${what}'`, async () => (await focused(page)).startsWith(what))
const topOf = (page, row) =>
  page.locator(`[data-row="${row}"]`).evaluate((link) => link.getBoundingClientRect().top)
const scrolled = (page) => page.evaluate(() => window.scrollY)
const ticked = (page) => page.locator('.jobs tbody input:checked').count()

/** A row that is followed and left again stands where it stood, among what was ticked. */
export async function back({ url }, { open }) {
  const page = await open()
  const list = `${url}jobs?state=discarded&kind=bill`
  await visit(page, list)
  const rows = await until('a page', async () => {
    const all = await rowsOf(page)
    return all.length === 50 && all
  })
  for (const row of [rows[30], rows[32]]) await page.getByLabel(`Tick job ${row}`).click()
  const link = page.locator(`[data-row="${rows[35]}"]`)
  await link.scrollIntoViewIfNeeded()
  const top = await topOf(page, rows[35])
  assert.ok((await scrolled(page)) > 200)
  const isAsBefore = async (what) => {
    await until(`the row stands where it stood ${what}`, async () => {
      const there = (await page.locator(`[data-row="${rows[35]}"]`).count()) > 0
      return there && Math.abs((await topOf(page, rows[35])) - top) < 3
    })
    assert.equal(page.url(), list)
    await shows(page, '.bulk', '2 jobs ticked')
    assert.equal(await ticked(page), 2)
    await focusIs(page, `a ${rows[35]}`)
  }
  await link.click()
  await page.waitForSelector('.head')
  await until('the job begins at its top', async () => (await scrolled(page)) === 0)
  await page.goBack()
  await isAsBefore('')
  await page.goForward()
  await page.waitForSelector('.head')
  await page.goBack()
  await isAsBefore('after another look')
  await link.click()
  await page.waitForSelector('.head')
  const release = await held(page, /\/api\/jobs\?/)
  await page.goBack()
  await page.waitForSelector('main [aria-busy="true"]')
  await page.goForward()
  await page.waitForSelector('.head')
  await release()
  await page.goBack()
  await isAsBefore('after it was only passed through')

  await page.locator('.pager button', { hasText: 'Next page' }).click()
  await until('the next page', async () => !(await rowsOf(page)).includes(rows[0]))
  await until('it begins at its top', async () => (await scrolled(page)) === 0)
  await shows(page, '.bulk', 'All that match')
  await page.goBack()
  await until('the page before', async () => (await rowsOf(page))[0] === rows[0])
  await until('its end is seen', async () => (await scrolled(page)) > 200)
  await shows(page, '.bulk', '2 jobs ticked')

  await page.locator('.states button', { hasText: 'cancelled' }).click()
  await shows(page, '.bulk', 'All that match')
  await page.goBack()
  await shows(page, '.bulk', '2 jobs ticked')
  await page.locator('.pager').scrollIntoViewIfNeeded()
  await page.reload()
  await until('it is scrolled again', async () => (await scrolled(page)) > 200)
  await shows(page, '.bulk', '2 jobs ticked')
}

/** Holds the answers of an address back. Returns what lets them through. */
async function held(page, address) {
  let release = () => {}
  const released = new Promise((resolve) => {
    release = resolve
  })
  await page.route(address, async (route) => {
    await released
    // Whoever asked may have gone.
    await route.continue().catch(() => {})
  })
  return async () => {
    release()
    await page.unroute(address)
  }
}

/** Another entry with the same address has other ticks: what was asked for them is not asked for it. */
export async function dialog({ url }, { open }) {
  const page = await open()
  const list = `${url}jobs?state=discarded&kind=bill`
  await visit(page, list)
  await until('a page', async () => (await rowsOf(page)).length === 50)
  await page.getByLabel('Search jobs').press('Enter')
  const rows = await rowsOf(page)
  for (const row of rows.slice(0, 2)) await page.getByLabel(`Tick job ${row}`).click()
  await shows(page, '.bulk', '2 jobs ticked')
  await page.locator('.bulk button', { hasText: 'delete' }).click()
  await page.getByLabel('Reason').fill('only these two')
  await page.goBack()
  await page.waitForSelector('[role=dialog]', { state: 'detached' })
  await shows(page, '.bulk', 'All that match')
  assert.equal(page.url(), list)
}

/** A job leads to the client that had it, among many. */
export async function client({ url, job, id }, { open }) {
  const page = await open()
  await visit(page, `${url}jobs/${job}`)
  await page.locator('.client-chain a', { hasText: id }).click()
  await page.waitForSelector('.clients')
  assert.equal(page.url(), `${url}clients?id=${id}`)
  const isShown = async (page) => {
    await focusIs(page, `a ${id}`)
    assert.equal(await page.locator('.clients tr[aria-current=true]').count(), 1)
    assert.ok((await scrolled(page)) > 0, 'there are not enough clients to look for it')
    const top = await topOf(page, id)
    assert.ok(top > 0 && top < 860, `not in the window: ${top}`)
  }
  await isShown(page)
  const other = await open()
  await visit(other, `${url}clients?id=${id}`)
  await isShown(other)
  await visit(page, `${url}clients?id=never-seen`)
  await shows(page, '.clients-panel .note', 'There is no client never-seen here')
  await page.locator('.clients-panel .note a').click()
  await page.waitForSelector('.chip')
  assert.equal(page.url(), `${url}jobs?client=never-seen`)
}

/** All of the page is below its path: files, data, views that are loaded, and acts. */
export async function below({ url, kind, name }, { open }) {
  const page = await open()
  await visit(page, url)
  await page.waitForSelector('.strip')
  await shows(page, '.live-word', 'live')
  await page.locator('nav a', { hasText: 'Jobs' }).click()
  await page.waitForSelector('.jobs')
  assert.equal(page.url(), `${url}jobs`)
  await visit(page, `${url}jobs?kind=${kind}`)
  await page.locator('.jobs [data-row]').first().click()
  await page.waitForSelector('.head')
  await page.reload()
  await page.waitForSelector('.head')
  await page.goBack()
  await page.waitForSelector('.chip')
  await visit(page, `${url}queues`)
  const queue = page.locator('.queues tbody tr', { hasText: name })
  for (const does of ['Pause', 'Resume']) {
    await queue.getByRole('button', { name: does }).click()
    await finish(page, 'below a path')
  }
}

/** The focus is never lost: after a dialog, an act, and a way to another page. */
export async function focus({ url, id, name }, { open }) {
  const page = await open()
  const dialog = async (shown) =>
    page.waitForSelector('[role=dialog]', { state: shown ? 'visible' : 'detached' })
  await visit(page, `${url}jobs/${id}`)
  await page.waitForSelector('.acts')
  await page.keyboard.press('a')
  const first = await focused(page)
  assert.match(first, /^button /)
  await page.keyboard.press('Enter')
  await dialog(true)
  await focusIs(page, 'textarea')
  await page.keyboard.press('Escape')
  await dialog(false)
  await focusIs(page, first)
  await act(page, 'Retry', 'a click, and no key')
  await page.waitForSelector('.head-available')
  // The button has gone with what it did.
  await focusIs(page, 'h2 Acts')
  const heading = await page.evaluateHandle(() => document.activeElement)
  await page.keyboard.press('Tab')
  const outline = await heading.evaluate((it) => {
    it.focus()
    return getComputedStyle(it).outlineStyle
  })
  assert.equal(outline, 'solid', 'whoever uses keys does not see where they are')

  await page.locator('nav a', { hasText: 'Queues' }).click()
  await page.waitForSelector('.queues')
  await focusIs(page, 'h1 Queues')
  const queue = page.locator('.queues tbody tr', { hasText: name })
  await queue.getByRole('button', { name: 'Pause' }).focus()
  await page.keyboard.press('Enter')
  await dialog(true)
  await focusIs(page, 'textarea')
  await page.keyboard.press('Escape')
  await dialog(false)
  await focusIs(page, 'button Pause')
  for (const [does, next] of [
    ['Pause', 'Resume'],
    ['Resume', 'Pause'],
  ]) {
    await page.keyboard.press('Enter')
    await dialog(true)
    await finish(page, `${does} by keys`)
    await queue.getByRole('button', { name: next }).waitFor()
    await focusIs(page, `button ${next}`)
  }

  await goByKeys(page, 'j', '.jobs')
  await focusIs(page, 'h1 Jobs')
  await page.keyboard.press('/')
  await page.keyboard.type('kind:bill state:discarded')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip')
  await focusIs(page, 'input')
  await page.locator('.pager button', { hasText: 'Next page' }).focus()
  await page.keyboard.press('Enter')
  await until('the next page', () => page.url().includes('after='))
  await focusIs(page, 'h1 Jobs')
  await page.locator('.chip').focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip', { state: 'detached' })
  await focusIs(page, 'h1 Jobs')
  await page.keyboard.press('j')
  const row = await focused(page)
  await page.keyboard.press('?')
  await page.waitForSelector('.keys')
  await until('the focus is in the dialog', () =>
    page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null),
  )
  await page.keyboard.press('Escape')
  await page.waitForSelector('.keys', { state: 'detached' })
  await focusIs(page, row)
  await page.keyboard.press('x')
  await page.locator('.bulk button', { hasText: 'delete' }).focus()
  await page.keyboard.press('Enter')
  await dialog(true)
  await focusIs(page, 'textarea')
  await page.keyboard.press('Escape')
  await dialog(false)
  await focusIs(page, 'button delete')

  await visit(page, `${url}jobs/${id}`)
  await act(page, 'Cancel', 'no longer wanted')
  await page.waitForSelector('.head-cancelled')
  await act(page, 'Delete', 'only a try')
  await shows(page, '.sentence', 'This job was deleted')
  await focusIs(page, 'h1')
  // Who clicks beside everything wants no heading.
  await page.mouse.click(3, 700)
  await until('no heading has the focus', async () => /^(body|main) /.test(await focused(page)))
}
