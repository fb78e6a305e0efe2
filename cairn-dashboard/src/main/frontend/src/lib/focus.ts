/* Where the keyboard is. A browser leaves it nowhere when what had the focus goes away, and then Tab begins anew. */

let held: HTMLElement | null = null
let region: Element | null = null
let clicked: HTMLElement | null = null

document.addEventListener('focusin', ({ target }) => {
  if (target instanceof HTMLElement) {
    held = target
    region = target.closest('section')
  }
})
document.addEventListener('focusout', ({ relatedTarget }) => {
  if (relatedTarget === null) setTimeout(look)
})
document.addEventListener(
  'click',
  ({ target }) => {
    clicked = target instanceof Element ? target.closest<HTMLElement>('button, a') : null
  },
  true,
)
new MutationObserver(look).observe(document.body, {
  subtree: true,
  childList: true,
  attributeFilter: ['disabled'],
})

function look(): void {
  if (held === null || !isNowhere()) return
  // Whoever clicks beside everything wants the focus nowhere.
  if (!canHave(held)) toNearest(region)
  else held = null
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body
}

function canHave(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled')
}

/** To the dialog that is open, or else to the heading of what has lost it, or of the page. */
function toNearest(lost: Element | null): void {
  const dialog = document.querySelector('[role="dialog"]')
  if (dialog) {
    focus(dialog.querySelector('[data-autofocus]:not(:disabled)') ?? dialog)
  } else if (!focus(lost?.isConnected ? lost.querySelector('h2') : null)) {
    toHeading()
  }
}

/** To the heading of the page. */
export function toHeading(): void {
  focus(document.querySelector('main h1'))
}

/** Moves the focus without the page, also to what Tab leaves out. */
export function focus(element: Element | null | undefined): boolean {
  if (!(element instanceof HTMLElement)) return false
  if (element.tabIndex < 0 && !element.hasAttribute('tabindex')) element.tabIndex = -1
  element.focus({ preventScroll: true })
  return document.activeElement === element
}

/** What opens a dialog now. Not every browser gives the focus to a button that is clicked. */
export function opener(): HTMLElement | null {
  const { activeElement } = document
  return activeElement instanceof HTMLElement && !isNowhere() ? activeElement : clicked
}

/** After a dialog: back to what opened it, or near to it. */
export function backTo(opened: HTMLElement | null): void {
  if (opened && canHave(opened)) focus(opened)
  else toHeading()
}
