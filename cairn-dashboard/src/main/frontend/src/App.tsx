import { useEffect, useState } from 'react'
import type { Session } from './api'
import { useArrival } from './lib/arrival'
import { serverNow, serverSays } from './lib/clock'
import { useOnce } from './lib/live'
import { useRoute } from './lib/router'
import type { Route } from './lib/routes'
import { useStore } from './lib/store'
import { trouble } from './lib/troubles'
import { Clients } from './pages/Clients'
import { Health } from './pages/Health'
import { Insert } from './pages/Insert'
import { JobPage } from './pages/JobPage'
import { Jobs } from './pages/Jobs'
import { Overview } from './pages/Overview'
import { Periodic } from './pages/Periodic'
import { Quarantine } from './pages/Quarantine'
import { Queues } from './pages/Queues'
import { Boundary } from './ui/Boundary'
import { Frame } from './ui/Frame'
import { Link } from './ui/Link'
import { SessionContext } from './ui/session'

export function App() {
  const { session, signedOut } = useSignIn()
  const route = useRoute()
  useArrival()
  return (
    <SessionContext value={session}>
      <Frame>
        <Boundary key={route.page === 'job' ? `job ${route.id}` : route.page}>
          {signedOut ? <SignedOut /> : <Page route={route} />}
        </Boundary>
      </Frame>
    </SessionContext>
  )
}

/** Who reads: asked at first, and again when the server is back after it was away. */
function useSignIn() {
  const [asked, setAsked] = useState(0)
  const [session, setSession] = useState<Session | null>(null)
  const why = useStore(trouble)
  const { data, trouble: refused } = useOnce<Session>('api/session', asked)
  useEffect(() => {
    if (!data) return
    setSession(data)
    // A page without a stream has no other clock.
    serverSays(data.now)
  }, [data])
  const lost = refused !== null && refused.code !== 'unauthenticated'
  useEffect(() => {
    if (!lost && why?.code !== 'unauthenticated') return
    const timer = setTimeout(() => setAsked(serverNow()), 5000)
    return () => clearTimeout(timer)
  }, [lost, why])
  return { session, signedOut: refused?.code === 'unauthenticated' }
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'overview':
      return <Overview />
    case 'jobs':
      return <Jobs />
    case 'job':
      return <JobPage id={route.id} key={route.id} />
    case 'queues':
      return <Queues />
    case 'periodic':
      return <Periodic />
    case 'clients':
      return <Clients />
    case 'quarantine':
      return <Quarantine />
    case 'health':
      return <Health />
    case 'insert':
      return <Insert />
    case 'nowhere':
      return (
        <div className="empty">
          <h1>There is no such page</h1>
          <p>
            Go to the <Link to="">overview</Link> or to the <Link to="jobs">jobs</Link>.
          </p>
        </div>
      )
  }
}

function SignedOut() {
  return (
    <div className="empty trouble-box">
      <h1>Not signed in</h1>
      <p>
        Open the link that <code>./cairn dashboard</code> printed. It works once: for a new one,
        press Enter where the dashboard was started. Inside an application, sign in there:{' '}
        <button type="button" className="more" onClick={() => window.location.reload()}>
          reload the page
        </button>
        .
      </p>
    </div>
  )
}
