/**
 * `npm run bench`: what exit75 costs, each figure beside the same program under a bare `node`,
 * measured in the same run, in turns, and beside the peers (`peers`), of which it also draws a chart.
 * `-- --quick` takes fewer samples and a smaller tree; `-- boot edit` measures only these, and `-- peers 22 26` on these Nodes only.
 */
import { cpus } from 'node:os'
import { MAJORS } from '../helpers/nodes.ts'
import { ask } from './ask.ts'
import { bigApp } from './big-app.ts'
import { boot } from './boot.ts'
import { edit } from './edit.ts'
import { endurance } from './endurance.ts'
import { type Bench, type Row, table } from './figures.ts'
import { flood } from './flood.ts'
import { jobs } from './jobs.ts'
import { load } from './load.ts'
import { memory } from './memory.ts'
import { peers } from './peers.ts'
import { real } from './real.ts'
import { size } from './size.ts'
import { standby } from './standby.ts'
import { state } from './state.ts'
import { tree } from './tree.ts'

const measures = [
  ask,
  edit,
  boot,
  standby,
  memory,
  bigApp,
  state,
  load,
  flood,
  jobs,
  size,
  tree,
  endurance,
  real,
  peers,
]
const args = process.argv.slice(2).filter((arg) => arg !== '--quick')
const majors = args.filter((arg) => /^\d+$/.test(arg))
const names = args.filter((arg) => !majors.includes(arg))
const strange = names.find((name) => !measures.some((measure) => measure.name === name))
if (strange !== undefined)
  throw new Error(`expected ${measures.map(({ name }) => name).join(', ')}, not ${strange}`)

const undo: (() => unknown)[] = []
const bench: Bench = {
  quick: process.argv.includes('--quick'),
  majors: majors.length > 0 ? majors : MAJORS,
  after: (fn) => void undo.unshift(fn),
}
const { length, 0: cpu } = cpus()
console.log(`Node ${process.version}, ${length} × ${cpu?.model}${bench.quick ? ', quick' : ''}\n`)
const rows: Row[] = []
const others: string[] = []
for (const measure of measures) {
  if (names.length > 0 && !names.includes(measure.name)) continue
  process.stderr.write(`${measure.name} … `)
  try {
    const result = await measure(bench)
    if (typeof result === 'string') others.push(result)
    else rows.push(...result)
  } finally {
    for (const fn of undo.splice(0)) await fn()
  }
}
process.stderr.write('\n')
if (rows.length > 0) console.log(table(rows))
for (const other of others) console.log(`\n${other}`)
