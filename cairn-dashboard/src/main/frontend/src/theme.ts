import { createTheme } from '@mantine/core'

/** The one accent colour, the shape and the letters of the components. The rest is in `style/`. */
export const theme = createTheme({
  primaryColor: 'cairn',
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  colors: {
    cairn: [
      '#e9f7f5',
      '#d0ece8',
      '#a3dad3',
      '#72c7bd',
      '#4cc4b8',
      '#2aa79b',
      '#14998d',
      '#0f857b',
      '#0f766e',
      '#0b5f59',
    ],
  },
  defaultRadius: 'sm',
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  headings: { fontFamily: 'var(--font)', fontWeight: '600' },
  components: {
    Button: { defaultProps: { variant: 'filled' } },
    Tooltip: {
      defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } },
    },
    Modal: {
      defaultProps: {
        transitionProps: { duration: 0 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
  },
})
