/**
 * `npm run bench`: what exit75 costs, each figure beside the same program under a bare `node`,
 * measured in the same run, in turns. It only prints. `-- --quick` takes fewer samples and a
 * smaller tree; `-- boot edit` measures only these.
 */
import { cpus } from 'node:os'
import { ask } from './ask.ts'
import { bigApp } from './big-app.ts'
import { boot } from './boot.ts'
import { edit } from './edit.ts'
import { type Bench, table } from './figures.ts'
import { memory } from './memory.ts'

const measures = [ask, edit, boot, memory, bigApp]
const names = process.argv.slice(2).filter((arg) => arg !== '--quick')
const strange = names.find((name) => !measures.some((measure) => measure.name === name))
if (strange !== undefined)
  throw new Error(`expected ${measures.map(({ name }) => name).join(', ')}, not ${strange}`)

const undo: (() => unknown)[] = []
const bench: Bench = {
  quick: process.argv.includes('--quick'),
  after: (fn) => void undo.unshift(fn),
}
const { length, 0: cpu } = cpus()
console.log(`Node ${process.version}, ${length} × ${cpu?.model}${bench.quick ? ', quick' : ''}\n`)
const rows = []
for (const measure of measures) {
  if (names.length > 0 && !names.includes(measure.name)) continue
  process.stderr.write(`${measure.name} … `)
  try {
    rows.push(...(await measure(bench)))
  } finally {
    for (const fn of undo.splice(0)) await fn()
  }
}
process.stderr.write('\n')
console.log(table(rows))
