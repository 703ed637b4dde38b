/**
 * `node .config/terminal-svg.mjs`: makes .github/terminal.svg, the picture in the README, of a real run of the built
 * command at a terminal: an edit, a save that does not parse, and a crash.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const COLORS = { 36: '#56b6c2', 33: '#e5c07b', 2: '#7f848e', 39: '#d7dae0', 0: '#d7dae0' }
const NOTE = '#98c379'
const LINE = 20

const directory = mkdtempSync(join(tmpdir(), 'exit75-picture-'))
const app = (body) =>
  `import { onRestart } from 'exit75'\n\n${body}\nonRestart(() => console.log('closed gracefully'))\nsetInterval(() => {}, 1000)\n`
const screen = []

async function main() {
  save(app(`console.log('hello')`))
  mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true })
  symlinkSync(root, join(directory, 'node_modules/exit75'), 'dir')
  symlinkSync('../exit75/dist/cli.cjs', join(directory, 'node_modules/.bin/exit75'))
  note('$ npx exit75 app.js')
  const words = 'stty -echo -onlcr cols 200; exec node_modules/.bin/exit75 app.js'
  const run = spawn('script', ['-qec', words, '/dev/null'], { cwd: directory })
  const says = listenTo(run)
  await says(/hello/)
  await step('the word is edited, and saved', app(`console.log('good day')`), isUp('good day'), says)
  await step('a save that does not parse', app(`console.log('good day'`), /does not parse/, says)
  await step('it is mended, with a mistake in it', app(`console.log(word)`), /waiting for a change/, says)
  await step('fixed', app(`console.log('good night')`), isUp('good night'), says)
  run.kill()
  writeFileSync(join(root, '.github/terminal.svg'), svg(screen))
  rmSync(directory, { recursive: true })
}

async function step(what, code, expected, says) {
  await new Promise((resolve) => setTimeout(resolve, 3000)) // as a person would; the standby is ready then
  note(`# ${what}`)
  save(code)
  await says(expected)
}

/** The words of the new code, and the line about it, which comes from another process. */
const isUp = (words) => new RegExp(`${words}[^]*restarted in|restarted in[^]*${words}`)

const save = (code) => {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'app.js'), code)
}
const note = (text) => screen.push({ text, color: NOTE })

/** Puts what the program says on the screen; the result waits for a line. */
function listenTo(run) {
  let rest = ''
  let heard = ''
  let look = () => {}
  run.stdout.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split(/\r?\n/)
    rest = lines.pop()
    for (const line of lines) {
      // Of a stack trace, the message is enough.
      if (/at .*(node:internal|file:)|^\s+at |^Node\.js|^\s*$|^file:|^\s*\^+/.test(line)) continue
      screen.push({ text: line })
      heard += `${line}\n`
    }
    look()
  })
  return (expected) =>
    new Promise((resolve) => {
      look = () => {
        if (!expected.test(heard)) return
        heard = ''
        resolve()
      }
      look()
    })
}

function svg(lines) {
  const rows = lines.map(({ text, color }, at) => `<text x="16" y="${44 + at * LINE}">${spans(text, color)}</text>`)
  const height = 44 + lines.length * LINE
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">
<title>exit75 at a terminal: an edit, a save that does not parse, a crash, and its fix</title>
<rect width="860" height="${height}" rx="8" fill="#21252b"/>
<g fill="#7f848e"><circle cx="20" cy="16" r="5"/><circle cx="38" cy="16" r="5"/><circle cx="56" cy="16" r="5"/></g>
<g xml:space="preserve">
${rows.join('\n')}
</g>
</svg>
`
}

/** Each piece of a line in the color of its escape sequence. */
function spans(text, color = COLORS[0]) {
  let fill = color
  return text
    .split(/(\x1b\[\d*m)/)
    .flatMap((piece) => {
      const code = /^\x1b\[(\d*)m$/.exec(piece)
      if (code === null) return piece === '' ? [] : [`<tspan fill="${fill}">${escaped(piece)}</tspan>`]
      fill = COLORS[code[1] || 0] ?? color
      return []
    })
    .join('')
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(directory, '.')

await main()
