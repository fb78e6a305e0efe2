import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Called by Maven: installs what the lock file names and runs `npm run check`, or the script given, but only what has
 * changed since the last time. A build without a change takes a fraction of a second.
 */
const script = process.argv[2] ?? 'check'
const here = fileURLToPath(new URL('..', import.meta.url))
const target = fileURLToPath(new URL('../../../../target', import.meta.url))
const page = join(target, 'classes/dev/cairn/dashboard/page/index.html')
const inputs = [
  'package.json',
  'package-lock.json',
  'index.html',
  'vite.config.ts',
  'tsconfig.json',
]

function files(folder) {
  return readdirSync(join(here, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => statSync(join(here, name)).isFile())
    .sort()
}

function hash(names) {
  const sum = createHash('sha256').update(process.version)
  for (const name of names) sum.update(`\n${name}\n`).update(readFileSync(join(here, name)))
  return sum.digest('hex')
}

function unlessDone(name, value, result, work) {
  const stamp = join(target, `page-${name}.stamp`)
  const done = existsSync(result) && existsSync(stamp) && readFileSync(stamp, 'utf8') === value
  if (done) return
  work()
  mkdirSync(target, { recursive: true })
  writeFileSync(stamp, value)
}

function npm(...args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
}

unlessDone('install', hash(['package.json', 'package-lock.json']), join(here, 'node_modules'), () =>
  npm('ci'),
)
const sources = hash([
  ...inputs,
  'biome.json',
  ...files('src'),
  ...files('test'),
  ...files('dev'),
  ...files('browser'),
])
unlessDone('build', `${script} ${sources}`, page, () => npm('run', script))
