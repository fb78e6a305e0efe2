import { useSyncExternalStore } from 'react'

/** A value outside React that components can follow. */
export class Store<T> {
  private readonly listeners = new Set<() => void>()

  constructor(private value: T) {}

  get = (): T => this.value

  set(value: T): void {
    if (!Object.is(value, this.value)) {
      this.value = value
      for (const listener of [...this.listeners]) listener()
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** A store that the browser remembers, where it may. */
export class Remembered<T extends string> extends Store<T> {
  constructor(
    private readonly key: string,
    initial: T,
    allowed: readonly T[],
  ) {
    const kept = read(key)
    super(allowed.find((value) => value === kept) ?? initial)
  }

  override set(value: T): void {
    super.set(value)
    try {
      localStorage.setItem(this.key, value)
    } catch {
      // The browser allows no storage: the choice lasts as long as the page.
    }
  }
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
