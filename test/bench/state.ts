import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, type Row } from './figures.ts'

/** About 100 MB, in one piece and in many; as long as there is a round, the next generation takes it. */
const APP = `
import { readFileSync, writeFileSync } from 'node:fs'
import { serialize } from 'node:v8'
import { PARENT, generation, launchChild, savedState, saveState } from 'exit75'
const [, , what, rounds] = process.argv
const make = {
  bytes: () => new Uint8Array(1e8).fill(75),
  records: () => Array.from({ length: 1.9e6 }, (_, id) => ({ id, name: 'job ' + id, done: id % 2 === 0, at: new Date(id) })),
}
const time = (act) => {
  const begin = process.hrtime.bigint()
  act()
  return Number(process.hrtime.bigint() - begin) / 1e6
}
if (PARENT) launchChild({ log: 'silent' })
else {
  if (generation > 1) console.log('taken', time(() => readFileSync('bare')), time(savedState))
  const value = make[what]()
  const bytes = serialize(value)
  console.log('saved', time(() => writeFileSync('bare', bytes)), time(() => saveState(value)), bytes.length)
  process.exit(generation <= Number(rounds) ? 75 : 0)
}
`

/** What it costs to hand over a large state: the bare figure is the same bytes in a plain file. */
export async function state(bench: Bench): Promise<Row[]> {
  const rows: Row[] = []
  for (const what of ['bytes', 'records']) {
    const dir = tempDir(bench, { 'package.json': '{"type":"module"}', 'app.js': APP })
    const app = start(bench, ['app.js', what, bench.quick ? '2' : '7'], { cwd: dir.path })
    await app.ended
    const times = (word: string) => {
      const found = [...app.output().matchAll(new RegExp(`^${word} (\\S+) (\\S+)`, 'gm'))]
      return {
        bare: median(found.map((one) => Number(one[1]))),
        exit75: median(found.map((one) => Number(one[2]))),
      }
    }
    const size = Math.round(Number(/^saved \S+ \S+ (\d+)$/m.exec(app.output())?.[1]) / 1e6)
    const [save, take] = [times('saved'), times('taken')]
    const row = (name: string, { bare, exit75 }: typeof save, how: string): Row => {
      const note = `bare: ${how}; × ${(exit75 / bare).toFixed(1)}`
      return { what: `${name}, ${size} MB of ${what}`, bare, exit75, unit: 'ms', note }
    }
    rows.push(row('saveState()', save, 'writeFileSync'), row('savedState()', take, 'readFileSync'))
  }
  return rows
}
