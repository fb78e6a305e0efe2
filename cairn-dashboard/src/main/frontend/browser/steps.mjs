import assert from 'node:assert/strict'
import { settled } from './chromium.mjs'

/* What the scenarios have in common: looking, waiting, and acting as a person does. */

export const patience = 60_000

export async function until(what, check) {
  const end = Date.now() + patience
  for (;;) {
    const value = await check()
    if (value) return value
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export const textOf = async (page, selector) =>
  (await page.locator(selector).first().textContent({ timeout: patience })) ?? ''
export const rowsOf = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.jobs [data-row]')].map((row) => row.dataset.row),
  )
export const shows = (page, selector, text) =>
  until(`${selector} says '${text}'`, async () => {
    const all = await page.locator(selector).allTextContents()
    return all.some((one) => one.includes(text))
  })

/** The page has said something after the last act. */
export const told = (page, text) =>
  until(`the page says '${text}'`, () =>
    page.evaluate((part) => window.messages.some((one) => one.includes(part)), text),
  )

/** Goes to a page with `g` and another key, which must follow soon. */
export const goByKeys = (page, key, selector) =>
  until(`${selector} by keys`, async () => {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    const there = page.waitForSelector(selector, { timeout: 5000 })
    return there.then(
      () => true,
      () => false,
    )
  })

export async function visit(page, url) {
  await page.goto(url)
  await settled(page)
}

/** How far the job is that the page shows. */
export async function doneOf(page) {
  const text = await textOf(page, '.head-meter .meter-text')
  const digits = text.replace(/^[\s\d.,]*%/, '').match(/\d[\d\s.,]*/)?.[0] ?? ''
  return Number(digits.replace(/\D/g, ''))
}

/** Presses a button of the acts, and enters the reason, without which nothing may be sent. */
export async function act(page, button, reason, fill = async () => {}) {
  await page.locator('.acts button', { hasText: button }).click()
  await page.waitForSelector('[role=dialog]')
  await fill(page)
  await finish(page, reason)
}

export async function finish(page, reason) {
  const submit = page.locator('.act-buttons button[type=submit]')
  assert.ok(await submit.isDisabled(), 'an act can be sent without a reason')
  await page.getByLabel('Reason').fill(reason)
  await until('the act can be sent', () => submit.isEnabled())
  await page.evaluate(() => {
    window.messages = []
  })
  await submit.click()
  await page.waitForSelector('[role=dialog]', { state: 'detached' })
  await told(page, '')
}
