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
    const style = getComputedStyle(document.documentElement)
    const color = (name: string) => style.getPropertyValue(name).trim()
    const width = () => Math.max(40, element.clientWidth)
    const made = new uPlot(
      { ...held.current.options(color), width: width(), height },
      held.current.data,
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: width(), height }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [height, scheme])

  return <div className="chart" ref={place} role="img" aria-label={label} style={{ height }} />
}
