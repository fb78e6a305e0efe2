import { type ReactNode, useId } from 'react'

interface ChoiceProps {
  label: string
  description: string
  value: string
  change: (value: string) => void
  /** What is wrong with the choice; null if nothing is. */
  error?: ReactNode
  /** The options. */
  children: ReactNode
}

/** A list to choose from, labelled as the other fields are. */
export function Choice({ label, description, value, change, error = null, children }: ChoiceProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="field-note" id={`${id}-note`}>
        {description}
      </span>
      <select
        id={id}
        aria-describedby={`${id}-note`}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
      >
        {children}
      </select>
      {error !== null && (
        <span className="bad" role="alert">
          {error}
        </span>
      )}
    </div>
  )
}
