import { type RefObject, useEffect, useRef } from 'react'

/** Whether the component is still on the page: an act may end after its reader has left. */
export function useAlive(): RefObject<boolean> {
  const alive = useRef(true)
  useEffect(() => {
    alive.current = true
    return () => {
      alive.current = false
    }
  }, [])
  return alive
}
