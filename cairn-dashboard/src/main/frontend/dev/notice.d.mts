import type { Plugin } from 'vite'
export function notice(): Plugin
