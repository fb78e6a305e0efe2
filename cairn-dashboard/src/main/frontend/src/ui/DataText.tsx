import { useState } from 'react'
import { bytes, number } from '../lib/format'
import { cut, pieces } from '../lib/text'

const pageful = 100_000

interface DataTextProps {
  value: string
  /** The number of characters shown at first. */
  limit?: number
  /** Without a button, inside links and buttons. */
  still?: boolean
}

/**
 * Text from the database, the one way it gets onto the page: isolated from the direction of the text around it, with
 * invisible characters by name, and cut with a way to see all.
 */
export function DataText({ value, limit = 200, still = false }: DataTextProps) {
  const [shown, setShown] = useState(limit)
  // Data of another version of the server could be of another type.
  const { text, more } = cut(String(value), shown)
  return (
    <>
      <bdi className="data">{inPieces(text)}</bdi>
      {more && still && '…'}
      {more && !still && (
        <>
          …{' '}
          <button
            type="button"
            className="more"
            onClick={() => setShown(shown < pageful ? pageful : shown + pageful)}
          >
            show {value.length <= pageful ? 'all' : 'more'} ({size(value)})
          </button>
        </>
      )}
    </>
  )
}

function size(value: string): string {
  return value.length < 10_000 ? `${number(value.length)} characters` : bytes(value.length)
}

function inPieces(text: string) {
  let at = 0
  return pieces(text).map((piece) => {
    const key = at++
    return 'text' in piece ? (
      piece.text
    ) : (
      <span className="invisible" key={key} title="a character that one does not see">
        {piece.hidden}
      </span>
    )
  })
}
