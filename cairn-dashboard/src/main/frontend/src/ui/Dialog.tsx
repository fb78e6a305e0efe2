import { Modal } from '@mantine/core'
import { type ReactNode, useLayoutEffect, useState } from 'react'
import { backTo, opener } from '../lib/focus'

interface DialogProps {
  opened: boolean
  title: string
  wide?: boolean
  close: () => void
  children: ReactNode
}

/** A dialog in the middle. Its head is no banner of the page, as that of Mantine's own would be. */
export function Dialog({ opened, title, wide = false, close, children }: DialogProps) {
  // Most dialogs end by going away, which gives the focus to nobody.
  const [openedBy] = useState(opener)
  useLayoutEffect(() => () => backTo(openedBy), [openedBy])
  return (
    <Modal.Root opened={opened} onClose={close} centered size={wide ? 'lg' : undefined}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Header role="presentation">
          <Modal.Title>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
