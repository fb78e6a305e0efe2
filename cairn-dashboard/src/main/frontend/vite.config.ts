import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { notice } from './dev/notice.mjs'

/** Stands in for the server, which replaces the placeholders of index.html. */
function placeholders(): Plugin {
  return {
    name: 'cairn-placeholders',
    apply: 'serve',
    transformIndexHtml: (html) => html.replaceAll('__BASE__', '/').replaceAll('__NONCE__', 'dev'),
  }
}

export default defineConfig({
  plugins: [react(), placeholders(), notice()],
  // Relative, because the server decides below which path the page lives.
  base: './',
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../../../target/classes/dev/cairn/dashboard/page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: { proxy: { '/api': process.env.CAIRN_DASHBOARD ?? 'http://127.0.0.1:8091' } },
  test: { include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], environment: 'node' },
})
