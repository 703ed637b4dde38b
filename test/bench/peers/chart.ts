/** The restart times as a picture that is legible on light and dark ground. */
import type { Times } from './restart-times.ts'

const WIDTH = 400
const NAMES = 165
const VALUES = 50
const ROW = 18
const HEAD = 44
const BAR = 11
const TEXT = '#6e7781'
const PEER = '#8c959f'
const OWN = '#2da44e'

interface Panel {
  readonly node: string
  readonly times: readonly Times[]
}

/** One panel for each Node, two in a row; all on the same scale. */
export function chart(panels: readonly Panel[]): string {
  const shown = panels.map(({ node, times }) => ({ node, bars: barsOf(times) }))
  const longest = Math.max(...shown.flatMap(({ bars }) => bars.map(({ time }) => time)))
  const scale = (WIDTH - NAMES - VALUES) / longest
  const height = Math.max(...shown.map(({ bars }) => bars.length)) * ROW + 50
  const body = shown.map(({ node, bars }, at) => {
    const place = `translate(${(at % 2) * WIDTH} ${Math.floor(at / 2) * height + HEAD})`
    return `<g transform="${place}">${panel(node, bars, scale)}</g>`
  })
  const size = [2 * WIDTH, Math.ceil(shown.length / 2) * height + HEAD]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" height="${size[1]}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${TEXT}">
<title>From a save to the first line of the new code, ms</title>
<text x="${WIDTH}" y="16" text-anchor="middle" font-size="14" font-weight="600">From a save to the first line of the new code, ms</text>
${body.join('\n')}
</svg>
`
}

interface Bar {
  readonly name: string
  readonly time: number
  readonly color: string
}

function barsOf(times: readonly Times[]): Bar[] {
  return times
    .filter(({ language }) => language !== 'ts')
    .map(({ name, edit, cold }) => {
      if (name === 'bare') return { name: 'bare node app.js', time: cold, color: TEXT }
      return { name, time: edit['in place'], color: name.startsWith('exit75') ? OWN : PEER }
    })
    .filter(({ time }) => !Number.isNaN(time))
    .sort((a, b) => a.time - b.time)
}

function panel(node: string, bars: readonly Bar[], scale: number): string {
  const rows = bars.map(({ name, time, color }, at) => {
    const y = 12 + at * ROW
    const width = Math.max(1, time * scale).toFixed(1)
    const weight = color === OWN ? ' font-weight="600"' : ''
    return `<text x="${NAMES - 8}" y="${y + 10}" text-anchor="end"${weight}>${name}</text>
<rect x="${NAMES}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${color}"/>
<text x="${NAMES + Number(width) + 6}" y="${y + 10}"${weight}>${time.toFixed(time < 99.5 ? 1 : 0)}</text>`
  })
  return `<text x="${NAMES}" y="4" font-weight="600">Node ${node}</text>\n${rows.join('\n')}`
}
