import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react'
import { basePath } from '../lib/base'
import { go } from '../lib/router'

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  /** An address below the base, made by the functions of `lib/router`. */
  to: string
  ref?: Ref<HTMLAnchorElement>
}

/** A link inside the page. With a modifier key, the browser opens it as it does any link. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const plainly = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey
    if (plainly && event.button === 0 && !event.defaultPrevented) {
      event.preventDefault()
      go(to, { link: event.currentTarget })
    }
  }
  return <a {...rest} href={basePath + to} onClick={follow} />
}
