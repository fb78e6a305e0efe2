import assert from 'node:assert/strict'
import { inspect, madeByData, watch } from './chromium.mjs'
import {
  act,
  doneOf,
  finish,
  goByKeys,
  rowsOf,
  shows,
  textOf,
  told,
  until,
  visit,
} from './steps.mjs'
import { tasks } from './tasks.mjs'
import { back, below, client, dialog, focus } from './ways.mjs'

/*
 * What BrowserTest lets a real browser do, against a server on a real database. Each is given the address of the
 * dashboard and what the test knows of the jobs, and throws if the page does not show it.
 */

async function signIn({ url, link }, { browser, open }) {
  const expected = /40[13]/
  const page = await open({ cookies: {}, expected })
  await page.goto(url)
  await page.waitForSelector('text=Not signed in')
  assert.equal((await page.goto(`${url}login?token=wrong`)).status(), 403)
  await visit(page, link)
  await page.waitForSelector('.strip')
  assert.ok(!page.url().includes('token'), 'the secret stays in the address')
  await shows(page, '.foot', 'Signed in as')
  await visit(page, `${url}jobs`)
  await page.waitForSelector('.jobs')
  const other = await (await browser.newContext()).newPage()
  assert.equal((await other.goto(link)).status(), 403)
}

/** How long it takes until the overview has data, in milliseconds: the median of several views. */
async function firstView({ url }, { open }) {
  const page = await open()
  const times = []
  for (let view = 0; view < 5; view++) {
    await page.goto(url)
    await page.waitForSelector('.strip')
    times.push(await page.evaluate(() => performance.now()))
  }
  return Math.round(times.sort((a, b) => a - b)[2])
}

async function overview({ url, counts, running }, { open }) {
  const page = await open()
  await visit(page, url)
  for (const [state, count] of Object.entries(counts)) {
    await shows(page, `.strip-cell[href$="state=${state}"] .strip-count`, count)
  }
  const row = `.running-row[data-row="${running}"] .meter-text`
  const before = await textOf(page, row)
  await until('a running job moves', async () => (await textOf(page, row)) !== before)
  await shows(page, '.clients-short', 'web-1')
  await shows(page, '.clients-short dt', 'heartbeat')
  await shows(page, '.queues-short', 'default')
  await page.click('.strip-cell[href$="state=cancelled"]')
  await page.waitForSelector('.jobs')
  assert.match(page.url(), /jobs\?state=cancelled$/)
  await page.goBack()
  await page.waitForSelector('.strip')
}

async function jobs({ url, kind, state, expected }, { open }) {
  const page = await open()
  await visit(page, `${url}jobs`)
  await page.locator('.states button', { hasText: state }).click()
  await page.keyboard.press('/')
  await page.keyboard.type(`kind:${kind}`)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip')
  await shows(page, '.states button[aria-pressed=true]', String(expected))
  const seen = []
  for (;;) {
    const rows = await until('rows of this page', async () => {
      const now = await rowsOf(page)
      return now.length > 0 && !seen.includes(now[0]) && (await onlyOf(page, kind, state)) && now
    })
    seen.push(...rows)
    const next = page.locator('.pager button', { hasText: 'Next page' })
    if (await next.isDisabled()) break
    await next.click()
  }
  assert.equal(new Set(seen).size, expected, 'each job stands on one page')
  assert.equal(seen.length, expected)
  const there = await rowsOf(page)
  const same = await page.context().newPage()
  await visit(same, page.url())
  await same.waitForSelector('.jobs')
  assert.deepEqual(await rowsOf(same), there)
  await page.locator('.pager button', { hasText: 'Back' }).click()
  const before = seen.slice(-there.length - 50, -there.length)
  await until('the page before', async () => (await rowsOf(page)).join() === before.join())
}

async function onlyOf(page, kind, state) {
  const texts = await page.locator('.jobs tbody tr').allTextContents()
  return texts.every((text) => text.includes(kind) && text.includes(state))
}

/** Rows that stand still have the next page that belongs to them, whatever has left the list meanwhile. */
async function nextPage({ url, queue, next }, { open, ask }) {
  const page = await open()
  await visit(page, `${url}jobs?state=available&queue=${queue}&dir=asc`)
  await until('the first page', async () => (await rowsOf(page)).length === 50)
  await page.hover('.jobs tbody tr:nth-child(3)')
  await ask('complete the first page')
  await until('they have left', async () => (await page.locator('.jobs tr.gone').count()) === 50)
  await page.keyboard.press('n')
  await until('the next page', async () => (await rowsOf(page))[0] === String(next))
  assert.equal((await rowsOf(page)).length, 10)
}

/** How often the job was taken over, as the sentence says it. */
async function takeoversOf(page) {
  const [, times] = (await textOf(page, '.sentence')).match(/taken over (once|twice|\d+)/) ?? []
  return { once: 1, twice: 2 }[times] ?? Number(times ?? 0)
}

/** A process works a job, is killed, and another one takes over; the page is not loaded again. */
async function track({ url, id }, { open, ask }) {
  const page = await open()
  await visit(page, `${url}jobs/${id}`)
  await page.waitForSelector('.head-running')
  await page.evaluate(() => {
    window.stays = true
  })
  await shows(page, '.sentence', 'walker-1')
  await until('the job is on its way', async () => (await doneOf(page)) > 5)
  const early = await doneOf(page)
  await until('it goes on', async () => (await doneOf(page)) > early)
  const atKill = await doneOf(page)
  const takeovers = await takeoversOf(page)
  await ask('kill')
  await ask('take over')
  await shows(page, '.sentence', 'walker-2')
  await until('it says that the job was taken over', async () => {
    return (await takeoversOf(page)) > takeovers
  })
  const after = await doneOf(page)
  assert.ok(after >= atKill, `it fell back from ${atKill} to ${after}`)
  await until('it goes on after the takeover', async () => (await doneOf(page)) > after)
  await shows(page, '.lane-title', 'read')
  await act(page, 'Cancel', 'seen enough')
  await page.waitForSelector('.head-cancelled')
  await shows(page, '.operations', 'seen enough')
  await page.waitForSelector('.mark-crashed')
  await shows(page, '.event-list', 'Client walker-1 was found dead, and the job was taken over')
  assert.ok(await page.evaluate(() => window.stays), 'the page was loaded again')
}

async function acts({ url, discarded, furnished, rewound, running, waiting }, { open }) {
  const page = await open()
  await visit(page, `${url}jobs/${discarded}`)
  await act(page, 'Retry', 'the supplier is back')
  await page.waitForSelector('.head-available')
  await act(page, 'Pause', 'wait for lunch')
  await shows(page, '.operations', 'wait for lunch')
  await act(page, 'Resume', 'lunch is over')
  await shows(page, '.operations', 'lunch is over')
  await act(page, 'Cancel', 'no longer wanted')
  await page.waitForSelector('.head-cancelled')
  await shows(page, '.operations', 'no longer wanted')

  await visit(page, `${url}jobs/${furnished}`)
  await page.locator('.lane-title', { hasText: 'write' }).click()
  await page.locator('.step-acts button', { hasText: 'Continue at a cursor' }).click()
  await page.getByLabel('Cursor, as JSON').fill('{"line": ')
  await shows(page, '.act-form', 'This is no JSON')
  await page.getByLabel('Cursor, as JSON').fill('{"line": 5}')
  await finish(page, 'line 6 is mended')
  await shows(page, '.operations', 'line 6 is mended')
  await act(page, 'Redrive', 'the bad line is mended')
  await shows(page, '.operations', 'the bad line is mended')
  await act(page, 'Restart', 'all again')
  await shows(page, '.operations', 'all again')

  await visit(page, `${url}jobs/${rewound}`)
  await page.waitForSelector('.head-discarded')
  await page.locator('.lane-title', { hasText: 'write' }).click()
  await page.locator('.step-acts button', { hasText: 'Run again from here' }).click()
  await finish(page, 'once more')
  await page.waitForSelector('.head-available')

  await visit(page, `${url}jobs/${running}`)
  await page.waitForSelector('.head-running')
  await act(page, 'Interrupt', 'a deploy comes')
  await shows(page, '.operations', 'a deploy comes')

  await visit(page, `${url}jobs/${waiting}`)
  await shows(page, '.why', 'approved/4711')
  await act(page, 'Skip', 'approved by telephone', async () => {
    await page.getByLabel('Result, as JSON').fill('"yes"')
  })
  await shows(page, '.operations', 'approved by telephone')
}

/** A copy with hidden values, refusals at their fields, and a job of a kind that is typed. */
async function insert({ url, template, kind }, { open }) {
  const page = await open({ expected: /40[04]/ })
  await visit(page, `${url}jobs/${template}`)
  await page.locator('.acts button', { hasText: 'Run a copy' }).click()
  await shows(page, '.taken-over', 'with the values that are hidden here')
  assert.equal(await page.getByLabel('Kind').inputValue(), kind)
  const submit = page.locator('.act-buttons button[type=submit]')
  assert.ok(await submit.isDisabled(), 'a job can be inserted without a reason')
  await page.getByLabel('Reason').fill('the bank was down')

  await page.locator('.taken-over button', { hasText: 'write other arguments' }).click()
  await submit.click()
  await shows(page, '.insert-args', "'redacted' only stands for it")
  await page.getByLabel('Arguments').fill('{"amount": ')
  await shows(page, '.insert-args', 'This is no JSON')
  assert.ok(await submit.isDisabled(), 'arguments that are no JSON can be sent')
  await page.locator('.insert-args button', { hasText: 'take over' }).click()
  await page.getByLabel('Queue').fill('nobody-works-copies')
  await submit.click()
  await page.waitForSelector('.head-available')
  await shows(page, '.operations', 'the bank was down')
  await shows(page, '.operations', `copy of job ${template}`)

  await visit(page, `${url}jobs`)
  await page.locator('.insert-link').click()
  await page.getByLabel('Kind').fill(kind)
  await page.locator('select', { hasText: `job ${template},` }).waitFor()
  await page.getByLabel('Kind').fill('typed by hand')
  await page.getByLabel('Reason').fill('a try')
  await submit.click()
  await shows(page, '.insert-row', 'must have 2 to 127 characters')
  await page.getByLabel('Kind').fill('typed_by_hand')
  await page.getByLabel('Arguments').fill('{"id": 9007199254740993}')
  await page.getByLabel('Queue').fill('nobody-works-copies')
  await page.getByLabel('Tags').fill('by-hand')
  await submit.click()
  await page.waitForSelector('.head-available')
  await shows(page, '.head .tag', 'by-hand')
  await templateThatIsAway(url, template, open)
  await act(page, 'Delete', 'only a try')
  await shows(page, '.sentence', 'This job was deleted')
  assert.equal(await page.locator('.acts, .next button').count(), 0, 'acts on a deleted job')
}

/** What says that it tries again does so. */
async function templateThatIsAway(url, id, open) {
  const page = await open({ expected: /503/ })
  await page.clock.install()
  let asked = 0
  await page.route(`**/api/jobs/${id}/args`, async (route) => {
    asked++
    // As a server that is busy: it lets the second question wait, so that the next one comes a minute later.
    if (asked === 2) await new Promise((resolve) => setTimeout(resolve, 2000))
    if (asked > 2) await route.continue()
    else
      await route.fulfill({
        status: 503,
        contentType: 'application/json',
        body: '{"error": {"code": "unavailable", "message": "No answer."}}',
      })
  })
  await visit(page, `${url}insert?from=${id}`)
  await shows(page, '.trouble-box', 'tries again by itself')
  await until('the page has asked again', async () => {
    await page.clock.fastForward('01:01')
    return (await page.locator('.taken-over').count()) > 0
  })
}

async function queue({ url, name }, { open }) {
  const page = await open()
  await visit(page, `${url}queues`)
  await shows(page, '.queues td[data-label=completes]', '/s')
  const row = page.locator('.queues tbody tr', { hasText: name })
  await row.getByRole('button', { name: 'Pause' }).click()
  await finish(page, 'the mail server is down')
  await shows(page, '.queues', 'the mail server is down')
  await shows(page, '.queues', 'by ada')
  await row.getByRole('button', { name: 'Resume' }).click()
  await shows(page, '.whose-pause', 'by ada: “the mail server is down”')
  await finish(page, 'it is up again')
  await until('the queue is not paused', async () => !(await row.textContent()).includes('paused'))
  await recentActions(page, url, name)
}

/** Who did what and why, asked for only when somebody wants to see it. */
async function recentActions(page, url, name) {
  const asked = []
  page.on('request', (request) => {
    if (request.url().includes('api/audit')) asked.push(request.url())
  })
  await visit(page, url)
  await page.waitForSelector('.recent')
  assert.equal(asked.length, 0, 'asked before it is open')
  await page.locator('.recent summary').click()
  await shows(page, '.recent-acts tr', 'the mail server is down')
  // The resume names the pause that it has lifted.
  await shows(page, '.recent-acts tr', `queue ${name}, which was paused by ada (the mail server is`)
  const row = page.locator('.recent-acts tbody tr', { hasText: 'pauseQueue' }).first()
  for (const part of ['ada', 'pauseQueue', `queue ${name}`]) {
    assert.ok((await row.textContent()).includes(part), part)
  }
}

/** The one act that the page suggests for a job in a paused queue. */
async function suggested({ url, id }, { open }) {
  const page = await open()
  await visit(page, `${url}jobs/${id}`)
  await shows(page, '.why', 'paused')
  await page.locator('.next button', { hasText: 'Resume queue' }).click()
  await shows(page, '.whose-pause', 'for a reason that nobody has recorded')
  await finish(page, 'the supplier is back')
  await page.locator('.next button').waitFor({ state: 'detached' })
}

/** The job goes on to another state while the reason is typed. */
async function overtaken({ url, id }, { open, ask }) {
  const page = await open({ expected: /409/ })
  await visit(page, `${url}jobs/${id}`)
  await page.locator('.acts button', { hasText: 'Retry' }).click()
  await page.waitForSelector('[role=dialog]')
  await page.getByLabel('Reason').fill('it is mended')
  const submit = page.locator('.act-buttons button[type=submit]')
  await until('the act can be sent', () => submit.isEnabled())
  await ask('complete')
  await shows(page, '.act-form', 'was discarded when you looked, and is completed by now')
  assert.ok(await submit.isDisabled(), 'an act for another state can be sent')
  await page.keyboard.press('Escape')
  await lateRefusal(page, url, id)
}

/** The answer of an act is not lost, whatever the reader does while it is waited for. */
async function lateRefusal(page, url, id) {
  let answer = null
  await page.route('**/acts', async (route) => {
    await new Promise((resolve) => {
      answer = resolve
    })
    const body = '{"error": {"code": "conflict", "message": "Somebody was quicker."}}'
    await route.fulfill({ status: 409, contentType: 'application/json', body })
  })
  const send = async () => {
    answer = null
    await page.locator('.acts button', { hasText: 'Retry' }).click()
    await page.waitForSelector('[role=dialog]')
    await page.getByLabel('Reason').fill('in a hurry')
    await page.locator('.act-buttons button[type=submit]').click()
    await until('the act is sent', () => answer)
  }
  await visit(page, `${url}jobs/${id}`)
  await send()
  await page.keyboard.press('Escape')
  assert.ok(await page.locator('[role=dialog]').isVisible(), 'closed before its answer')
  answer()
  await shows(page, '.act-form', 'Somebody was quicker')
  await page.keyboard.press('Escape')
  await page.waitForSelector('[role=dialog]', { state: 'detached' })
  // The reader goes to another page of the dashboard without waiting, as by a button of the mouse.
  await page.locator('nav a', { hasText: 'Queues' }).click()
  await page.waitForSelector('.queues')
  await page.evaluate(() => window.history.back())
  await page.waitForSelector('.acts')
  await send()
  await page.evaluate(() => window.history.forward())
  await page.waitForSelector('.queues')
  answer()
  await shows(page, '.said', 'Somebody was quicker')
  await page.locator('.said button').click()
  await page.waitForSelector('.said button', { state: 'detached' })
}

/** When periodic jobs run, what became of it, and a copy of a run. */
async function periodic({ url, durable, late, other, failed }, { open }) {
  const page = await open()
  await visit(page, url)
  await page.locator('nav a', { hasText: 'Periodic' }).click()
  await page.waitForSelector('.periodic')
  assert.equal(page.url(), `${url}periodic`)
  const row = (id) => page.locator('.periodic tbody tr', { hasText: id })
  const says = (id, text) =>
    until(`${id} says '${text}'`, async () => (await row(id).textContent()).includes(text))
  await says(durable, 'in 5 h')
  await says(durable, 'completed')
  await says(durable, 'ping')
  await says(late, '2 h ago')
  await says(late, "'web-1' leads and has not inserted it")
  await says(other, 'not durable')
  await says(other, 'no such file')
  await shows(page, '.note', 'Schedules are in the programs of the clients')
  await row(other).locator('.run').first().click()
  await page.waitForSelector('.head-discarded')
  assert.equal(page.url(), `${url}jobs/${failed}`)
  await page.goBack()
  await page.waitForSelector('.periodic')
  await row(other).getByRole('link', { name: 'Run a copy' }).click()
  await page.waitForSelector('.insert')
  assert.equal(page.url(), `${url}insert?from=${failed}`)
  const reading = await open({ cookies: { role: 'reader' } })
  await visit(reading, url)
  await goByKeys(reading, 'r', '.periodic')
  assert.equal(await reading.locator('.periodic .act-cell a').count(), 0)
}

/** What the checks find, what to do about it, and that the page asks only when its reader does. */
async function health({ url, queue, versions }, { open, ask }) {
  const page = await open({ cookies: { role: 'reader' } })
  const asked = []
  page.on('request', (request) => {
    if (request.url().includes('api/health')) asked.push(request.url().slice(url.length))
  })
  await visit(page, url)
  await page.locator('nav a', { hasText: 'Health' }).click()
  const found = page.locator('.finding', { hasText: `queue ${queue} has been paused for` })
  await page.waitForSelector('.health')
  assert.equal(page.url(), `${url}health`)
  // Somebody may have looked within the last minute.
  await until('the paused queue is found', async () => {
    if ((await found.count()) > 0) return true
    await page.keyboard.press('r')
    return false
  })
  const text = await found.textContent()
  assert.ok(text.includes('note'), text)
  assert.ok(text.includes(`What to do: ./cairn queues resume '${queue}'`), text)
  assert.equal(await page.locator('.finding b b').count(), 0, 'a name is markup')
  await shows(page, '.checked', 'line main is at version')
  for (const version of versions) await shows(page, '.facts dd', `version ${version} the newest`)
  await page.locator('nav a', { hasText: 'Clients' }).click()
  await page.waitForSelector('.clients')
  asked.length = 0
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await found.waitFor()
  assert.deepEqual(asked, ['api/health'], 'asked by itself')
  await ask('resume')
  const again = page.getByRole('button', { name: 'Look again' })
  await again.focus()
  await page.keyboard.press('Enter')
  await until('the queue is in order', async () => {
    await page.keyboard.press('r')
    return (await found.count()) === 0
  })
  await shows(page, '.health', 'looked')
  assert.ok(asked.includes('api/health?again=true'), `${asked}`)
  await until('it says when one may look again', async () => {
    await page.keyboard.press('r')
    return /again in \d+ s/.test(await textOf(page, '.health .panel-aside'))
  })
  await healthThatFails(url, open)
}

/** A page that nobody looks at must not ask a database that is in trouble all day. */
async function healthThatFails(url, open) {
  const page = await open({ cookies: { role: 'reader' }, expected: /503/ })
  const asked = []
  await page.clock.install()
  await page.route('**/api/health*', (route) => {
    asked.push(route.request().url().slice(url.length))
    return route.fulfill({ status: 503, contentType: 'application/json', body: '{}' })
  })
  await visit(page, `${url}health`)
  const again = page.locator('.trouble-box').getByRole('button', { name: 'Look again' })
  await again.waitFor()
  await page.clock.fastForward('10:00')
  await again.click()
  await until('asked again', () => asked.length > 1)
  await again.waitFor()
  await page.clock.fastForward('10:00')
  await again.click()
  await until('asked once more', () => asked.length > 2)
  const wanted = 'api/health?again=true'
  assert.deepEqual(asked, ['api/health', wanted, wanted], 'asked by itself')
}

/** As if the reader went to another tab, or came back. */
const setVisibility = (page, state) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { get: () => value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)

async function bulk({ url, kind, expected, client, running }, { open, ask }) {
  const page = await open()
  const counted = []
  page.on('request', (request) => {
    if (request.url().endsWith('acts/preview')) counted.push(request.url())
  })
  await visit(page, `${url}jobs?state=discarded&kind=${kind}`)
  await page.waitForSelector('.bulk')
  await page.locator('.bulk button', { hasText: 'retry' }).click()
  await shows(page, '.preview', `${expected} jobs would change`)
  await ask('insert one more')
  await setVisibility(page, 'hidden')
  await setVisibility(page, 'visible')
  await shows(page, '.states button[aria-pressed=true]', String(expected + 1))
  await shows(page, '.preview', `${expected} jobs would change`)
  assert.equal(counted.length, 1, 'counted anew')
  await ask('delete it')
  await page.getByLabel('At most').fill('3')
  await finish(page, 'three to try')
  await told(page, '3 jobs')
  await told(page, 'There are more')
  await shows(page, '.states button[aria-pressed=true]', String(expected - 3))
  await page.locator('.bulk button', { hasText: 'retry' }).click()
  await shows(page, '.preview', `${expected - 3} jobs would change`)
  await finish(page, 'and the rest')
  await page.waitForSelector('.empty, .gone')

  await visit(page, `${url}jobs?state=available&kind=${kind}`)
  for (const box of (await page.locator('.jobs tbody input[type=checkbox]').all()).slice(0, 2)) {
    await box.check()
  }
  await shows(page, '.bulk', '2 jobs ticked')
  const there = page.url()
  await page.locator('.states button', { hasText: 'completed' }).click()
  await until('another list', () => page.url() !== there)
  await page.locator('.jobs tbody input[type=checkbox], .empty').first().waitFor()
  assert.equal(await page.locator('.bulk', { hasText: 'ticked' }).count(), 0)
  await page.goBack()
  await shows(page, '.bulk', '2 jobs ticked')
  await page.locator('nav a', { hasText: 'Jobs' }).click()
  await until('the list of all jobs', () => page.url() === `${url}jobs`)
  assert.equal(await page.locator('.bulk', { hasText: 'ticked' }).count(), 0)
  await page.goBack()
  await page.waitForSelector('.jobs tbody input:checked')
  await shows(page, '.bulk', '2 jobs ticked')
  await page.locator('.bulk button', { hasText: 'delete' }).click()
  await shows(page, '.preview', '2 jobs would change')
  await finish(page, 'not these two')
  await told(page, '2 jobs')

  await visit(page, `${url}jobs?state=available&kind=${kind}`)
  await page.locator('.bulk button', { hasText: 'cancel' }).click()
  await shows(page, '.preview', `${expected - 2} jobs would change`)
  await finish(page, 'none of them any more')
  await told(page, `${expected - 2} jobs`)

  await visit(page, `${url}clients`)
  await page.locator('.clients a', { hasText: client }).first().click()
  await page.waitForSelector('.bulk')
  await page.locator('.bulk button', { hasText: 'interrupt' }).click()
  await shows(page, '.preview', `${running} jobs would change`)
  await finish(page, 'its machine is replaced')
  await told(page, `${running} jobs`)
}

async function reader({ url, id, secret }, { open }) {
  const page = await open({ cookies: { role: 'reader' }, expected: /403/ })
  await visit(page, `${url}jobs/${id}`)
  await shows(page, '.foot', 'to read only')
  assert.equal(await page.locator('.acts').count(), 0)
  assert.equal(await page.locator('.next button').count(), 0)
  for (const summary of await page.locator('.content > summary').all()) await summary.click()
  await shows(page, '.content', 'You may not see this')
  assert.ok(!(await page.content()).includes(secret), 'arguments are shown to a reader')
  await page.locator('.lane-title', { hasText: 'write' }).click()
  assert.equal(await page.locator('.step-acts button').count(), 0)
  await visit(page, `${url}insert`)
  await shows(page, 'main', 'You may not insert jobs here')
  await visit(page, `${url}queues`)
  await page.waitForSelector('.queues')
  assert.equal(await page.locator('.queues button').count(), 0)
  await visit(page, `${url}jobs?state=discarded`)
  await page.waitForSelector('.jobs')
  assert.equal(await page.locator('.bulk').count(), 0)
  const status = await page.evaluate(async (job) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ verb: 'retry', reason: 'by hand' })
    return (await fetch(`api/jobs/${job}/acts`, { method: 'POST', headers, body })).status
  }, id)
  assert.equal(status, 403)
}

/** Values of the database are text and nothing else. */
async function hostile({ url, ids }, { open, report }) {
  const page = await open()
  const lists = ['jobs', 'queues', 'periodic', 'clients', 'quarantine', 'health']
  const paths = ['', ...lists, 'jobs?sort=stalled']
  const each = ids.flatMap((id) => [`jobs/${id}`, `insert?from=${id}`])
  for (const path of [...paths, ...each]) {
    await visit(page, url + path)
    for (const fold of await page.locator('details > summary').all()) await fold.click()
    for (const lane of await page.locator('.lane-name button').all()) await lane.click()
    await page.waitForFunction(() => !document.querySelector('main [aria-busy="true"]'))
    const made = (await madeByData(page)).join()
    if (made !== '0,0,0') report(`elements from data on '${path}': ${made}`)
    if (!(await page.locator('main h1').count())) report(`'${path}' is broken`)
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    if (over > 0) report(`'${path}' is ${over} px too wide`)
  }
  await dialogs(page, url, ids, report)
  await visit(page, `${url}jobs/${ids[0]}`)
  await shows(page, 'h1', '<script>alert(1)</script>')
  await visit(page, `${url}jobs/${ids[2]}`)
  await shows(page, 'h1 .invisible', 'RLO')
}

/** What is typed, chosen and asked for about hostile values. */
async function dialogs(page, url, ids, report) {
  const look = async (what) => {
    const made = (await madeByData(page)).join()
    if (made !== '0,0,0') report(`elements from data in ${what}: ${made}`)
  }
  const openEach = async (buttons, what) => {
    for (const button of await buttons.all()) {
      await button.click()
      await page.waitForSelector('[role=dialog]')
      await look(what)
      for (const text of await page.locator('[role=dialog] option').allTextContents()) {
        if (/[\u202A-\u202E\u2066-\u2069]/.test(text)) report(`a raw mark of direction: ${what}`)
      }
      await page.keyboard.press('Escape')
      await page.waitForSelector('[role=dialog]', { state: 'detached' })
    }
  }
  for (const id of ids.slice(0, 4)) {
    await visit(page, `${url}jobs/${id}`)
    await openEach(page.locator('.acts button', { hasNotText: 'Run a copy' }), `acts of ${id}`)
  }
  await visit(page, `${url}queues`)
  await openEach(page.locator('.queues button', { hasText: /Pause|Resume/ }), 'queues')
  await visit(
    page,
    `${url}jobs?state=running&kind=${encodeURIComponent('<script>alert(1)</script>')}`,
  )
  await page.waitForSelector('.chip')
  await look('chips')
  await page.locator('.bulk button', { hasText: 'cancel' }).click()
  await page.waitForSelector('.preview')
  await look('a preview')
  await page.keyboard.press('Escape')
  await page.keyboard.press('/')
  await page.keyboard.type('kind:')
  await page.waitForSelector('#kinds option', { state: 'attached' })
  await look('suggestions')
}

/** Nothing is asked for a page that nobody can see. */
async function hidden({ url }, { open, ask }) {
  const page = await open()
  await visit(page, url)
  await page.waitForSelector('.strip')
  await ask('live')
  await setVisibility(page, 'hidden')
  await ask('quiet')
  await setVisibility(page, 'visible')
  await ask('live')
}

async function keyboard({ url, id }, { open }) {
  const page = await open()
  const path = () => page.url().slice(url.length)
  await visit(page, url)
  await goByKeys(page, 'j', '.jobs')
  assert.equal(path(), 'jobs')
  await page.keyboard.press('p')
  await shows(page, '.live-word', 'paused')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  const row = await page.evaluate(() => document.activeElement?.dataset.row)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.head')
  assert.equal(path(), `jobs/${row}`)
  await page.goBack()
  await page.waitForSelector('.jobs')
  await page.keyboard.press('/')
  await page.keyboard.type('state:discarded kind:bill')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip')
  assert.equal(path(), 'jobs?state=discarded&kind=bill')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.waitForSelector('.keys')
  await page.keyboard.press('Escape')
  await page.waitForSelector('.keys', { state: 'detached' })
  await page.keyboard.press('p')
  await shows(page, '.live-word', 'live')

  await visit(page, `${url}jobs/${id}`)
  await page.waitForSelector('.acts')
  await page.keyboard.press('a')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[role=dialog]')
  await until('the reason has the focus', () =>
    page.evaluate(() => document.activeElement?.tagName === 'TEXTAREA'),
  )
  await page.keyboard.type('by keys alone')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await shows(page, '.operations', 'by keys alone')
}

/** Each page without a violation, and none wider than the window. */
async function axe(given, { browser, open, report }) {
  const { url, hostileUrl, paths, id, width, colorScheme } = given
  const page = await open({ width, colorScheme })
  const look = async (at, name) => {
    for (const one of await inspect(at, `${name} ${width} ${colorScheme}`)) report(one)
  }
  for (const path of paths) {
    await visit(page, url + path)
    await look(page, path)
  }
  await visit(page, `${url}jobs/${id}`)
  await page.locator('.acts button').first().click()
  await page.waitForSelector('[role=dialog]')
  await look(page, 'an act')
  await visit(page, `${url}jobs?state=discarded&kind=bill`)
  await page.locator('.bulk button', { hasText: 'retry' }).click()
  await page.waitForSelector('.preview')
  await look(page, 'an act on many jobs')
  await visit(page, `${url}queues`)
  await page.locator('.queues button').first().click()
  await page.waitForSelector('[role=dialog]')
  await look(page, 'an act on a queue')
  await visit(page, url)
  await page.locator('.recent summary').click()
  await page.waitForSelector('.recent .note, .recent .empty')
  await look(page, 'recent actions')
  await page.keyboard.press('?')
  await page.waitForSelector('.keys')
  await look(page, 'the keys')
  const odd = await browser.newContext({ viewport: { width, height: 860 }, colorScheme })
  await odd.addCookies([{ name: 'role', value: 'operator', url: hostileUrl }])
  const other = await odd.newPage()
  watch(other, hostileUrl, report)
  await visit(other, hostileUrl)
  await look(other, 'hostile values')
}

/** The database goes and comes back, and then the server does. */
async function away({ url, id }, { open, ask, report }) {
  const expected = /ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|50[023]/
  const page = await open({ expected })
  await visit(page, `${url}jobs/${id}`)
  // A page without a stream says so too.
  const other = await page.context().newPage()
  watch(other, url, report, expected)
  await other.clock.install()
  await visit(other, `${url}quarantine`)
  await until('the job is on its way', async () => (await doneOf(page)) > 0)
  for (const what of ['database', 'server']) {
    const before = await doneOf(page)
    await ask(`${what} away`)
    await page.waitForSelector('.trouble-bar')
    await shows(page, '.live-word', 'no contact')
    assert.ok(await page.locator('.head').isVisible(), 'what was known stays')
    await other.waitForSelector('.trouble-bar')
    await shows(other, '.live-word', 'no contact')
    await ask(`${what} back`)
    await page.waitForSelector('.trouble-bar', { state: 'detached' })
    await until('it goes on', async () => (await doneOf(page)) > before)
    await shows(page, '.live-word', 'live')
    // It asks again within a minute, because the failed question took long.
    await until('the other page has contact', async () => {
      await other.clock.fastForward('01:01')
      return (await other.locator('.trouble-bar').count()) === 0
    })
    await shows(other, '.live-word', 'live')
  }
}

/** What one tab does is seen in the other, and new rows do not come under the pointer. */
async function twoTabs({ url, id }, { open, ask, report }) {
  const one = await open()
  await visit(one, `${url}jobs/${id}`)
  const other = await one.context().newPage()
  watch(other, url, report)
  await visit(other, `${url}jobs/${id}`)
  await act(one, 'Pause', 'seen in both')
  await shows(other, '.operations', 'seen in both')

  await visit(other, `${url}jobs`)
  await other.hover('.jobs tbody tr:nth-child(3)')
  const before = (await rowsOf(other)).join()
  await ask('insert')
  await other.waitForSelector('.fresh button')
  assert.equal((await rowsOf(other)).join(), before, 'a row came under the pointer')
  // The pointer stays: once it leaves the list, the new rows show themselves and the button is gone.
  await other.locator('.fresh button').dispatchEvent('click')
  await until('new rows are shown', async () => (await rowsOf(other)).join() !== before)
}

export const scenarios = {
  signIn,
  firstView,
  overview,
  jobs,
  nextPage,
  track,
  acts,
  insert,
  queue,
  suggested,
  overtaken,
  periodic,
  health,
  bulk,
  reader,
  hostile,
  hidden,
  tasks,
  keyboard,
  axe,
  away,
  twoTabs,
  back,
  below,
  client,
  dialog,
  focus,
}
