import { createContext, useContext } from 'react'
import type { Session, Verb } from '../api'

export const SessionContext = createContext<Session | null>(null)

export function useSession(): Session | null {
  return useContext(SessionContext)
}

/** Whether the reader may do it at all. The server checks again. */
export function useMay(verb: Verb): boolean {
  return useSession()?.verbs.includes(verb) ?? false
}
