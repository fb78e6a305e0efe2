/** The shapes of the page. Each state and each event has one of its own, so that no meaning is in a colour alone. */
const shapes = {
  running: <path d="M5 3.2v9.6L13 8z" fill="currentColor" stroke="none" />,
  available: <circle cx="8" cy="8" r="4.6" />,
  completed: <path d="M3.2 8.4l3.2 3.3 6.4-7" />,
  retryable: <path d="M12.8 8a4.8 4.8 0 1 1-1.6-3.6M11.6 1.8v3h-3" />,
  discarded: <path d="M4 4l8 8M12 4l-8 8" />,
  cancelled: <path d="M4.3 4.3l7.4 7.4M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3z" />,
  scheduled: <path d="M8 5v3.2l2.2 1.4M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8z" />,
  pending: <path d="M5.5 4v8M10.5 4v8" />,
  created: <circle cx="8" cy="8" r="3" />,
  due: <path d="M8 5v3.2l2.2 1.4M8 2.8a5.2 5.2 0 1 0 0 10.4A5.2 5.2 0 0 0 8 2.8z" />,
  claimed: <path d="M5 3.2v9.6L13 8z" fill="currentColor" stroke="none" />,
  failed: <path d="M4 4l8 8M12 4l-8 8" />,
  interrupted: <path d="M5.5 4v8M10.5 4v8" />,
  crashed: <path d="M9.4 1.8L4 9h3.6l-1 5.2L12 7H8.4z" fill="currentColor" stroke="none" />,
  operation: <path d="M8 2.5L13.5 8 8 13.5 2.5 8z" />,
  finalized: <rect x="4" y="4" width="8" height="8" rx="1" fill="currentColor" stroke="none" />,
  act: <path d="M8 2.2L14.4 13.4H1.6zM8 6.5v3.2M8 11.4v.4" />,
  look: (
    <path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z" />
  ),
  waiting: (
    <path d="M4 2.8h8M4 13.2h8M5 2.8c0 3 6 3.4 6 5.2s-6 2.2-6 5.2M11 2.8c0 3-6 3.4-6 5.2s6 2.2 6 5.2" />
  ),
  skipped: <path d="M3 3.5v9L8 8zM8 3.5v9L13 8z" />,
  open: <path d="M6 3.5L10.5 8 6 12.5" />,
  sun: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13" />
  ),
  moon: <path d="M13.2 9.8A5.6 5.6 0 0 1 6.2 2.8a5.6 5.6 0 1 0 7 7z" />,
  system: <path d="M2 3h12v8H2zM6 13.5h4M8 11v2.5" />,
  pause: <path d="M5.5 3.5v9M10.5 3.5v9" />,
  play: <path d="M5 3.2v9.6L13 8z" />,
  search: <path d="M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.4 10.4L14 14" />,
  leader: <path d="M4 14V2M4 3h8l-2 2.8L12 8.5H4" />,
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {shapes[name]}
    </svg>
  )
}
