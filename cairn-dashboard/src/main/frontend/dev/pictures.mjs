import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, openPage, settled } from '../browser/chromium.mjs'

/**
 * Takes the pictures of the guide, light and dark, into docs/images: of the built page, over the made-up jobs of the
 * mock. Names of pages as arguments take only those.
 */
const folder = fileURLToPath(new URL('../../../../../docs/images', import.meta.url))
const width = 1280
const pages = {
  overview: { path: '', height: 860 },
  job: { path: 'jobs/1203990', height: 860 },
  jobs: { path: 'jobs?state=discarded&kind=charge_card', height: 620 },
  queues: { path: 'queues', height: 460 },
  insert: { path: 'insert?from=1203544', height: 930 },
  periodic: { path: 'periodic', height: 460 },
  health: { path: 'health', height: 720 },
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !pages[name])
if (unknown.length > 0) {
  console.error(
    `There is no page ${unknown.join(', ')}: there are ${Object.keys(pages).join(', ')}.`,
  )
  process.exit(2)
}

/** A port that is free now. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** The mock, once it listens. */
async function startMock(port) {
  const mock = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', import.meta.url))], {
    env: { ...process.env, PORT: String(port), BASE: '/', TAME: 'yes' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve, reject) => {
    mock.stdout.once('data', resolve)
    mock.once('exit', (code) => reject(new Error(`the mock has ended with ${code}`)))
  })
  return mock
}

const port = await freePort()
const url = `http://127.0.0.1:${port}/`
const mock = await startMock(port)
const problems = []
const browser = await launch()
mkdirSync(folder, { recursive: true })
try {
  for (const [name, { path, height }] of Object.entries(pages)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    const page = await openPage(browser, url, (one) => problems.push(one), { width })
    await page.setViewportSize({ width, height })
    await page.goto(url + path)
    await settled(page)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(500)
      await page.screenshot({ path: join(folder, `dashboard-${name}-${colorScheme}.png`) })
    }
    await page.context().close()
    console.log(`took ${name}`)
  }
} finally {
  await browser.close()
  mock.kill()
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
