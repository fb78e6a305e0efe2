import { type ReactNode, useId } from 'react'

interface SectionProps {
  title: ReactNode
  /** Beside the title: filters, figures. */
  aside?: ReactNode
  className?: string
  children: ReactNode
}

export function Section({ title, aside, className = '', children }: SectionProps) {
  const id = useId()
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside && <div className="panel-aside">{aside}</div>}
      </header>
      {children}
    </section>
  )
}

/** What a list says when it has nothing to show. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>
}
