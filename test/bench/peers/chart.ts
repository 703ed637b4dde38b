/** Times as bars, in a picture that is legible on light and dark ground. */

const WIDTH = 400
const NAMES = 165
const VALUES = 50
const ROW = 18
const HEAD = 44
const BAR = 11
const TEXT = '#6e7781'
const PEER = '#8c959f'
const OWN = '#2da44e'

export interface Bar {
  readonly name: string
  readonly time: number
  readonly kind: 'exit75' | 'bare' | 'peer'
}

export interface Panel {
  readonly name: string
  readonly bars: readonly Bar[]
}

const COLORS = { exit75: OWN, bare: TEXT, peer: PEER }

/** Two panels in a row; all on the same scale. */
export function chart(title: string, panels: readonly Panel[]): string {
  const shown = panels.map(({ name, bars }) => ({
    name,
    bars: bars.filter(({ time }) => !Number.isNaN(time)).toSorted((a, b) => a.time - b.time),
  }))
  const longest = Math.max(...shown.flatMap(({ bars }) => bars.map(({ time }) => time)))
  const scale = (WIDTH - NAMES - VALUES) / longest
  const height = Math.max(...shown.map(({ bars }) => bars.length)) * ROW + 50
  const body = shown.map(({ name, bars }, at) => {
    const place = `translate(${(at % 2) * WIDTH} ${Math.floor(at / 2) * height + HEAD})`
    return `<g transform="${place}">${panel(name, bars, scale)}</g>`
  })
  const size = [2 * WIDTH, Math.ceil(shown.length / 2) * height + HEAD]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(' ')}" width="${size[0]}" height="${size[1]}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${TEXT}">
<title>${title}</title>
<text x="${WIDTH}" y="16" text-anchor="middle" font-size="14" font-weight="600">${title}</text>
${body.join('\n')}
</svg>
`
}

function panel(title: string, bars: readonly Bar[], scale: number): string {
  const rows = bars.map(({ name, time, kind }, at) => {
    const y = 12 + at * ROW
    const width = Math.max(1, time * scale).toFixed(1)
    const weight = kind === 'exit75' ? ' font-weight="600"' : ''
    return `<text x="${NAMES - 8}" y="${y + 10}" text-anchor="end"${weight}>${name}</text>
<rect x="${NAMES}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${COLORS[kind]}"/>
<text x="${NAMES + Number(width) + 6}" y="${y + 10}"${weight}>${time.toFixed(time < 99.5 ? 1 : 0)}</text>`
  })
  return `<text x="${NAMES}" y="4" font-weight="600">${title}</text>\n${rows.join('\n')}`
}
