import { useEffect, useRef } from 'react'

/** What a key does: `j`, `?`, or two keys after another, `g o`. */
export type Keys = Record<string, () => void>

const layers: { current: Keys }[] = []
const patience = 1200
let first: { key: string; at: number } | null = null

function handle(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (writes(event.target) || document.querySelector('[role="dialog"]')) return
  const key = event.key
  const earlier = first && event.timeStamp - first.at < patience ? first.key : null
  first = null
  const action = (earlier && find(`${earlier} ${key}`)) || find(key)
  if (action) {
    event.preventDefault()
    action()
  } else if (isPrefix(key)) {
    first = { key, at: event.timeStamp }
  }
}

function find(key: string): (() => void) | undefined {
  for (const layer of [...layers].reverse()) {
    if (Object.hasOwn(layer.current, key)) return layer.current[key]
  }
  return undefined
}

function isPrefix(key: string): boolean {
  return layers.some((layer) =>
    Object.keys(layer.current).some((known) => known.startsWith(`${key} `)),
  )
}

/** Whether the reader is typing there. */
function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type))
  )
}

document.addEventListener('keydown', handle)

/** Keys that work while the component is shown. The innermost component wins. */
export function useKeys(keys: Keys): void {
  const held = useRef(keys)
  useEffect(() => {
    held.current = keys
  })
  useEffect(() => {
    layers.push(held)
    return () => {
      layers.splice(layers.indexOf(held), 1)
    }
  }, [])
}

/** Moves the focus to the next or previous row of a list: an element with `data-row`. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.findIndex((row) => row === document.activeElement)
  const current = at >= 0 ? at : rows.findIndex((row) => row.dataset.row === lastRow)
  const next = current < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, current + step))
  const row = rows[next]
  if (row) {
    lastRow = row.dataset.row
    row.focus()
    row.scrollIntoView({ block: 'nearest' })
  }
}

let lastRow: string | undefined
