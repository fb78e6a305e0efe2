import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** Fails if the built page is larger than W3 allows. */
const limit = 300_000
const page = fileURLToPath(
  new URL('../../../../target/classes/dev/cairn/dashboard/page', import.meta.url),
)

const files = readdirSync(page, { recursive: true })
  .map((name) => join(page, name))
  .filter((file) => statSync(file).isFile())
const sizes = files.map((file) => [relative(page, file), gzipSync(readFileSync(file)).length])
const total = sizes.reduce((sum, [, size]) => sum + size, 0)
for (const [name, size] of sizes) console.log(`${String(size).padStart(8)}  ${name}`)
console.log(`${String(total).padStart(8)}  bytes gzipped of ${limit}`)
if (total > limit) {
  console.error('The page is too large.')
  process.exit(1)
}
