import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'

interface ChartProps {
  /** What the chart says, in a sentence. */
  label: string
  data: uPlot.AlignedData
  height: number
  /** Called again when the colours change; `color` reads a variable of the style sheet. */
  options: (color: (name: string) => string) => Omit<uPlot.Options, 'width' | 'height'>
}

/** A chart as wide as its place. The options are read when it is made, the data whenever it changes. */
export function Chart({ label, data, height, options }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const held = useRef({ data, options })
  const scheme = useComputedColorScheme('light')

  useEffect(() => {
    held.current = { data, options }
    plot.current?.setData(data)
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme needs other colours
  useEffect(() => {
    const element = place.current
    if (!element) return
    let undo = () => {}
    // The document gets the colours of a new scheme only after this effect.
    const frame = requestAnimationFrame(() => {
      const made = drawn(element, height, held.current)
      plot.current = made
      const watch = new ResizeObserver(() => made.setSize({ width: widthOf(element), height }))
      watch.observe(element)
      undo = () => {
        watch.disconnect()
        made.destroy()
        plot.current = null
      }
    })
    return () => {
      cancelAnimationFrame(frame)
      undo()
    }
  }, [height, scheme])

  return <div className="chart" ref={place} role="img" aria-label={label} style={{ height }} />
}

function drawn(place: HTMLElement, height: number, chart: Pick<ChartProps, 'data' | 'options'>) {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => style.getPropertyValue(name).trim()
  return new uPlot({ ...chart.options(color), width: widthOf(place), height }, chart.data, place)
}

function widthOf(place: HTMLElement): number {
  return Math.max(40, place.clientWidth)
}
