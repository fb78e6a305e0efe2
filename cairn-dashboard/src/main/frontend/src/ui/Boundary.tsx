import { Component, type ReactNode } from 'react'
import { DataText } from './DataText'

interface BoundaryProps {
  children: ReactNode
}

/** Keeps a fault of one view from taking the frame with it. Give it another `key` for another view. */
export class Boundary extends Component<BoundaryProps, { fault: string | null }> {
  override state = { fault: null as string | null }

  static getDerivedStateFromError(error: unknown) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }

  override render() {
    return this.state.fault === null ? (
      this.props.children
    ) : (
      <div className="empty trouble-box" role="alert">
        <h1>This view failed</h1>
        <p>
          It is a fault of the page, not of your jobs: <DataText value={this.state.fault} />
        </p>
        <p>Reload the page, or go to another.</p>
      </div>
    )
  }
}
