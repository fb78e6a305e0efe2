import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const allowed = /^(MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0)$/

/** Writes NOTICE.txt: the licence of every package with a line in the bundle. Fails on an unknown one. */
export function notice() {
  return {
    name: 'cairn-notice',
    apply: 'build',
    generateBundle(_options, bundle) {
      const roots = new Set()
      for (const chunk of Object.values(bundle)) {
        for (const id of chunk.type === 'chunk' ? chunk.moduleIds : []) {
          const root = packageRoot(id)
          if (root) roots.add(root)
        }
      }
      const packages = [...roots].map(describe).sort((a, b) => (a.name < b.name ? -1 : 1))
      for (const { name, license } of packages) {
        if (!allowed.test(license)) {
          this.error(`${name} has the licence '${license}', which dev/notice.mjs does not allow`)
        }
      }
      const head = 'The page of the dashboard contains code of these packages.\n'
      const source = [head, ...packages.map(section)].join(`\n${'-'.repeat(78)}\n\n`)
      this.emitFile({ type: 'asset', fileName: 'NOTICE.txt', source })
    },
  }
}

function packageRoot(id) {
  const found = /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)
  return found && existsSync(join(found[1], 'package.json')) ? found[1] : null
}

function describe(root) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const file = readdirSync(root).find((f) => /^licen[cs]e/i.test(f))
  const text = file ? readFileSync(join(root, file), 'utf8').trim() : shared(root)
  return { name, version, license, text }
}

/** The packages of one repository often carry its licence only at the side of their sibling. */
function shared(root) {
  const sibling = readdirSync(dirname(root))
    .map((name) => join(dirname(root), name, 'LICENSE'))
    .find((file) => dirname(dirname(root)).includes('node_modules') && existsSync(file))
  return sibling ? readFileSync(sibling, 'utf8').trim() : ''
}

function section({ name, version, license, text }) {
  return `${name} ${version} (${license})\n\n${text}\n`
}
