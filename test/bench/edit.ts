import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, now, number, type Row } from './figures.ts'

/** A loop that never yields. */
const LOOP = `
const born = process.hrtime.bigint()
import { PARENT, launchChild, shouldRestart } from 'exit75'
import './edited.js'
if (PARENT) launchChild({ log: 'silent' })
else {
  console.log('runs', Number(born) / 1e6)
  while (!shouldRestart());
  console.log('turned', Number(process.hrtime.bigint()) / 1e6)
  process.exit(75)
}
`
/** The least that any watcher can do: one save is two events. */
const WATCH = `
import { watch } from 'node:fs'
let last = 0
watch('edited.js', () => {
  const now = Number(process.hrtime.bigint()) / 1e6
  if (now - last > 100) console.log('event', now)
  last = now
})
console.log('watches')
`
const BARE = `console.log('runs', Number(process.hrtime.bigint()) / 1e6)`
/** An edit that follows a restart within a quarter of a second may belong to the same burst. */
const PAUSE = 400

/** How long after a save the question turns true, and the new code runs. */
export async function edit(bench: Bench): Promise<Row[]> {
  const dir = tempDir(bench, {
    'package.json': '{"type":"module"}',
    'app.js': LOOP,
    'watch.js': WATCH,
    'bare.js': BARE,
    'edited.js': '//',
    'app/edited.js': '//',
  })
  dir.write('app/app.js', LOOP)
  const app = start(bench, ['app/app.js'], { cwd: dir.path })
  const watch = start(bench, ['watch.js'], { cwd: dir.path })
  await app.says('runs')
  await watch.says('watches')
  const times = { event: [] as number[], turned: [] as number[], bare: [] as number[], runs: [] as number[] }
  for (let round = 0; round < (bench.quick ? 10 : 40); round += 1) {
    await sleep(PAUSE)
    const saved = now()
    dir.write('app/edited.js', `// ${round}`)
    times.turned.push((await number(app, 'turned')) - saved)
    times.runs.push((await number(app, 'runs')) - saved)
    const savedOther = now()
    dir.write('edited.js', `// ${round}`)
    times.event.push((await number(watch, 'event')) - savedOther)
    const started = now()
    times.bare.push((await number(start(bench, ['bare.js'], { cwd: dir.path }), 'runs')) - started)
  }
  return [
    {
      what: 'save → shouldRestart(), in a busy loop',
      bare: median(times.event),
      exit75: median(times.turned),
      unit: 'ms',
      note: 'bare: fs.watch calls back',
    },
    {
      what: 'save → first line of the new code',
      bare: median(times.bare),
      exit75: median(times.runs),
      unit: 'ms',
      note: 'bare: node app.js starts',
    },
  ]
}
