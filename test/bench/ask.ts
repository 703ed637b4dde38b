import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import type { Bench, Row } from './figures.ts'

const APP = `
import { PARENT, launchChild, shouldRestart } from 'exit75'
const CALLS = 1e7
let flag = false
globalThis.flip = () => (flag = true) // not a constant
const plain = () => flag

function loop(question) {
  let yes = 0
  const begin = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i += 1) if (question()) yes += 1
  return Number(process.hrtime.bigint() - begin) / CALLS + yes
}
// Two copies of the loop, or the engine would compile one for both.
const loops = [plain, shouldRestart].map((question) => {
  const copy = new Function('CALLS', 'return ' + loop)(CALLS)
  return () => copy(question)
})
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

if (PARENT) launchChild()
else {
  const times = [[], []]
  for (let round = 0; round < 20; round += 1) {
    loops.forEach((run, at) => round < 3 ? run() : times[at].push(run()))
  }
  console.log('ns', ...times.map(median))
}
`

/** What the question costs. */
export async function ask(bench: Bench): Promise<Row[]> {
  const dir = tempDir(bench, { 'package.json': '{"type":"module"}', 'app.js': APP })
  const [, bare, exit75] = await start(bench, ['app.js'], { cwd: dir.path }).says(/^ns (\S+) (\S+)\n/)
  return [
    {
      what: 'shouldRestart(), per call',
      bare: Number(bare),
      exit75: Number(exit75),
      unit: 'ns',
      note: 'bare: a plain boolean',
    },
  ]
}
