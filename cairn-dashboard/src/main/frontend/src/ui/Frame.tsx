import { ActionIcon, Tooltip, useMantineColorScheme } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useNow } from '../lib/clock'
import { clock } from '../lib/format'
import { moveRow, useKeys } from '../lib/keys'
import { paused, visible } from '../lib/live'
import { go, useRoute } from '../lib/router'
import { useStore } from '../lib/store'
import { trouble } from '../lib/troubles'
import { DataText } from './DataText'
import { Help } from './Help'
import { Icon } from './Icon'
import { Link } from './Link'
import { Said } from './Said'
import { useSession } from './session'
import { timeStyle } from './Time'

const pages = [
  { page: 'overview', to: '', title: 'Overview' },
  { page: 'jobs', to: 'jobs', title: 'Jobs' },
  { page: 'queues', to: 'queues', title: 'Queues' },
  { page: 'periodic', to: 'periodic', title: 'Periodic' },
  { page: 'clients', to: 'clients', title: 'Clients' },
  { page: 'quarantine', to: 'quarantine', title: 'Quarantine' },
  { page: 'health', to: 'health', title: 'Health' },
] as const

/** What is around every page: the way to the others, whether the page is live, and the keys. */
export function Frame({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false)
  const scheme = useScheme()
  useKeys({
    'g o': () => go(''),
    'g j': () => go('jobs'),
    'g q': () => go('queues'),
    'g r': () => go('periodic'),
    'g c': () => go('clients'),
    'g x': () => go('quarantine'),
    'g h': () => go('health'),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    p: () => paused.set(!paused.get()),
    t: () => timeStyle.set(timeStyle.get() === 'relative' ? 'absolute' : 'relative'),
    d: scheme.next,
    '?': () => setHelp(true),
  })
  return (
    <>
      <button
        type="button"
        className="skip-link"
        onClick={() => document.getElementById('main')?.focus()}
      >
        Skip to the content
      </button>
      <header className="top">
        <Link to="" className="brand" title="Overview">
          <Logo />
          <Title />
        </Link>
        <Navigation />
        <div className="top-tools">
          <LiveStatus />
          <Tooltip label={`${scheme.title} (d)`}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={scheme.next}
              aria-label={scheme.title}
            >
              <Icon name={scheme.icon} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Keys (?)">
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={() => setHelp(true)}
              aria-label="Keys"
            >
              ?
            </ActionIcon>
          </Tooltip>
        </div>
      </header>
      <TroubleBar />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Foot />
      <Said />
      <Help opened={help} close={() => setHelp(false)} />
    </>
  )
}

function Title() {
  const session = useSession()
  return (
    <span className="brand-name">
      {session?.title ? <DataText value={session.title} limit={40} still /> : 'Cairn'}
    </span>
  )
}

function Logo() {
  return (
    <svg aria-hidden="true" width="22" height="22" viewBox="0 0 32 32" className="logo">
      <ellipse cx="16" cy="25" rx="13" ry="5" />
      <ellipse cx="16.5" cy="15.5" rx="9" ry="4" opacity="0.8" />
      <ellipse cx="15.5" cy="7.5" rx="5" ry="3" opacity="0.6" />
    </svg>
  )
}

function Navigation() {
  const route = useRoute()
  const here = route.page === 'job' || route.page === 'insert' ? 'jobs' : route.page
  useEffect(() => {
    const title = pages.find(({ page }) => page === route.page)?.title
    if (title) document.title = `${title} · Cairn`
  }, [route])
  return (
    <nav aria-label="Pages">
      {pages.map(({ page, to, title }) => (
        <Link key={page} to={to} aria-current={here === page ? 'page' : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  )
}

/** Whether the page follows the database, and the one switch for all of it. */
function LiveStatus() {
  const stopped = useStore(paused)
  const why = useStore(trouble)
  const away = why !== null && why.code !== 'not_found'
  const seen = useStore(visible)
  // It stands still while the page is paused, or is that of a page which was opened since.
  const now = useNow()
  const [word, look] = stopped
    ? [`paused ${clock(now)}`, 'still']
    : away
      ? ['no contact', 'away']
      : [seen ? 'live' : 'resting', 'live']
  return (
    <span className={`live live-${look}`}>
      <span className="live-dot" aria-hidden="true" />
      <span className="live-word" role="status">
        {word}
      </span>
      <Tooltip label={stopped ? 'Resume live updates (p)' : 'Pause live updates (p)'}>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => paused.set(!stopped)}
          aria-label={stopped ? 'Resume live updates' : 'Pause live updates'}
          aria-pressed={stopped}
        >
          <Icon name={stopped ? 'play' : 'pause'} />
        </ActionIcon>
      </Tooltip>
    </span>
  )
}

/** Says that what is shown is old, and why. */
function TroubleBar() {
  const why = useStore(trouble)
  if (!why || why.code === 'not_found') {
    return null
  }
  return (
    <div className="trouble-bar" role="alert">
      <Icon name="act" />
      <span>
        <DataText value={why.message} /> What you see is from before; the page tries again by
        itself.
      </span>
    </div>
  )
}

function Foot() {
  const session = useSession()
  if (!session) {
    return null
  }
  return (
    <footer className="foot">
      <span>
        Signed in as <DataText value={session.user} limit={60} still />
        {session.verbs.length === 0 && ', to read only'}
      </span>
      <span>
        Cairn{' '}
        {session.version !== null && (
          <>
            <DataText value={session.version} limit={40} still />,{' '}
          </>
        )}
        schema <DataText value={session.schema} limit={60} still />,{' '}
        <DataText value={session.database} limit={60} still />
      </span>
    </footer>
  )
}

const schemes = {
  auto: { next: 'light', icon: 'system', title: 'Colours as the system' },
  light: { next: 'dark', icon: 'sun', title: 'Light colours' },
  dark: { next: 'auto', icon: 'moon', title: 'Dark colours' },
} as const

function useScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const { next, icon, title } = schemes[colorScheme]
  return { icon, title, next: () => setColorScheme(next) }
}
