import assert from 'node:assert/strict'
import { finish, shows, told, until, visit } from './steps.mjs'

/*
 * The tasks of docs/dashboard.md, each from the overview, with the clicks that it takes. Typing is not counted. BrowserTest
 * reads the table, so what stands there is what was measured here.
 */

async function start(page, url) {
  await visit(page, url)
  await page.waitForSelector('.strip')
  await page.evaluate(() => sessionStorage.removeItem('clicks'))
}

const clicksOf = (page) => page.evaluate(() => Number(sessionStorage.getItem('clicks')))

async function search(page, text) {
  await page.keyboard.press('/')
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip')
}

const cell = (page, state) => page.locator(`.strip-cell[href$="state=${state}"]`).click()
const row = (page, id) => page.locator(`[data-row="${id}"]`).first().click()
const nav = (page, name) => page.locator('nav a', { hasText: name }).first().click()
const actOf = (page, name) => page.locator('.acts button', { hasText: name }).click()

/** By the beginning of the row in the table: what to do, and what one choice is that makes no click. */
const perform = {
  'see how far a running job is': async (page, { running }) => {
    await page.locator(`.running-row[data-row="${running}"] .meter-text`).waitFor()
  },
  'find out which import is stuck': async (page, { stuck }) => {
    const entry = page.locator('.attention-row', { hasText: `Job ${stuck} ` }).first()
    assert.match(await entry.textContent(), /has saved no checkpoint for 2\d min/)
    await entry.click()
    await shows(page, '.why', 'It has saved no checkpoint for')
    await actOf(page, 'Interrupt')
    await finish(page, 'it hangs in the network')
    await shows(page, '.operations', 'it hangs in the network')
  },
  'cancel a running job': async (page, { running }) => {
    await row(page, running)
    await actOf(page, 'Cancel')
    await finish(page, 'not needed any more')
    await shows(page, '.operations', 'not needed any more')
  },
  'run a job again from a step': async (page, { furnished }) => {
    await cell(page, 'discarded')
    await search(page, 'kind:import_prices queue:nobody-works-this')
    await row(page, furnished)
    await page.locator('.lane-title', { hasText: 'write' }).click()
    await page.locator('.step-acts button', { hasText: 'Run again from here' }).click()
    await finish(page, 'from the write on')
    await shows(page, '.operations', 'from the write on')
  },
  'skip a step that waits': async (page, { waiting }) => {
    await cell(page, 'scheduled')
    await search(page, 'kind:wait_for_signal')
    await row(page, waiting)
    await actOf(page, 'Skip')
    await page.getByLabel('Result, as JSON').fill('"yes"')
    await finish(page, 'said by telephone')
    await shows(page, '.operations', 'said by telephone')
  },
  'retry all failed jobs of a kind': async (page, { kind }) => {
    await cell(page, 'discarded')
    await search(page, `kind:${kind}`)
    // The button stands below the list, and moves when the list of this kind comes.
    await until('only jobs of this kind', async () => {
      const rows = await page.locator('.jobs tbody tr').allTextContents()
      return rows.length > 0 && rows.every((text) => text.includes(kind))
    })
    await page.locator('.bulk button', { hasText: 'retry' }).click()
    await shows(page, '.preview', 'jobs would change')
    await finish(page, 'all of them')
    await told(page, 'jobs: retry')
  },
  'delete two of the jobs': async (page) => {
    await cell(page, 'cancelled')
    await page.waitForSelector('.jobs tbody input[type=checkbox]')
    for (const box of (await page.locator('.jobs tbody input[type=checkbox]').all()).slice(0, 2)) {
      await box.click()
    }
    await page.locator('.bulk button', { hasText: 'delete' }).click()
    await shows(page, '.preview', '2 jobs would change')
    await finish(page, 'these two')
    await told(page, '2 jobs: delete')
  },
  'pause a queue': async (page) => {
    await nav(page, 'Queues')
    const mail = page.locator('.queues tbody tr', { hasText: 'mail' })
    await mail.getByRole('button', { name: 'Pause' }).click()
    await finish(page, 'the server is down')
    await shows(page, '.queues', 'by ada')
  },
  'run a copy of a job': async (page, { furnished }) => {
    await nav(page, 'Jobs')
    await search(page, `id:${furnished} kind:import_prices`)
    await row(page, furnished)
    await actOf(page, 'Run a copy')
    await page.getByLabel('Reason').fill('once more')
    await page.locator('.act-buttons button[type=submit]').click()
    await page.waitForSelector('.head-available')
  },
  'see whether last night': async (page, { periodic }) => {
    await nav(page, 'Periodic')
    await shows(page, '.periodic tbody tr', periodic)
  },
  'insert a job with the arguments': async (page, { furnished }) => {
    await nav(page, 'Jobs')
    await page.locator('.insert-link').click()
    await page.getByLabel('Kind').fill('import_prices')
    const choice = page.locator('select', { hasText: `job ${furnished},` })
    await choice.waitFor()
    await choice.selectOption(String(furnished))
    await page.getByLabel('Arguments').fill('{"file": "other.csv"}')
    await page.getByLabel('Queue').fill('nobody-works-copies')
    await page.getByLabel('Reason').fill('the other file')
    await page.locator('.act-buttons button[type=submit]').click()
    await page.waitForSelector('.head-available')
    assert.ok(!page.url().endsWith(`/${furnished}`))
    return 1 // a choice from a list
  },
  'find the jobs of customer 4711': async (page) => {
    await nav(page, 'Jobs')
    await search(page, 'args:{"customer": 4711}')
    await until('one job', async () => (await page.locator('.jobs tbody tr').count()) === 1)
  },
  'see who has changed a job': async (page, { furnished }) => {
    await nav(page, 'Jobs')
    await page.keyboard.press('/')
    await page.keyboard.type(String(furnished))
    await page.keyboard.press('Enter')
    await shows(page, '.operations', 'ada')
  },
}

/** Performs each task of the table, and compares the clicks. */
export async function tasks({ url, table, ...world }, { open, report }) {
  const page = await open()
  await page.addInitScript(() => {
    // Not of the window: there, Playwright stops clicks on something that moves, and repeats them.
    document.addEventListener(
      'click',
      (event) => {
        // A label passes the click on to its box: that is one click of the user.
        if (event.isTrusted && event.detail > 0) {
          sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks')) + 1))
        }
      },
      true,
    )
  })
  const done = new Set()
  for (const [text, clicks] of Object.entries(table)) {
    const name = Object.keys(perform).find((one) => text.startsWith(one))
    if (!name) {
      report(`nobody performs the task '${text}'`)
      continue
    }
    done.add(name)
    await start(page, url)
    const choices = (await perform[name](page, world)) ?? 0
    const counted = (await clicksOf(page)) + choices
    if (counted !== clicks) report(`'${text}' took ${counted} clicks, and the table says ${clicks}`)
  }
  for (const name of Object.keys(perform)) {
    if (!done.has(name)) report(`the table does not name the task '${name}'`)
  }
}
