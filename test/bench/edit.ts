import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, now, number, type Row } from './figures.ts'

/** A loop that never yields. */
const LOOP = `
const born = process.hrtime.bigint()
import { PARENT, launchChild, shouldRestart } from 'exit75'
import './edited.js'
if (PARENT) launchChild({ log: 'silent', standby: process.argv[2] === 'standby' })
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
/** Until the standby is ready; and an edit soon after a restart may belong to the same burst. */
const PAUSE = 1000

/** How long after a save the question turns true, and the new code runs. */
export async function edit(bench: Bench): Promise<Row[]> {
  const dir = tempDir(bench, {
    'package.json': '{"type":"module"}',
    'app.js': LOOP,
    'watch.js': WATCH,
    'bare.js': BARE,
    'edited.js': '//',
    'cold/app.js': LOOP,
    'cold/edited.js': '//',
    'standby/app.js': LOOP,
    'standby/edited.js': '//',
  })
  const watch = start(bench, ['watch.js'], { cwd: dir.path })
  await watch.says('watches')
  const times: Record<'event' | 'bare' | 'turned' | 'cold' | 'standby', number[]> = {
    event: [],
    bare: [],
    turned: [],
    cold: [],
    standby: [],
  }
  const save = (path: string) => {
    const at = now()
    dir.write(path, `// ${at}`)
    return at
  }
  const rounds = bench.quick ? 10 : 30
  for (const way of ['cold', 'standby'] as const) {
    const app = start(bench, [`${way}/app.js`, way], { cwd: dir.path }) // alone: it keeps a core busy
    await app.says('runs')
    for (let round = 0; round < rounds; round += 1) {
      await sleep(PAUSE)
      const saved = save(`${way}/edited.js`)
      times.turned.push((await number(app, 'turned')) - saved)
      times[way].push((await number(app, 'runs')) - saved)
      const savedOther = save('edited.js')
      times.event.push((await number(watch, 'event')) - savedOther)
      const started = now()
      times.bare.push((await number(start(bench, ['bare.js'], { cwd: dir.path }), 'runs')) - started)
    }
    app.signal('SIGKILL')
  }
  const [event, bare] = [median(times.event), median(times.bare)]
  const [seen, started] = ['bare: fs.watch calls back', 'bare: node app.js starts']
  return [
    {
      what: 'save → shouldRestart(), in a busy loop',
      bare: event,
      exit75: median(times.turned),
      unit: 'ms',
      note: seen,
    },
    {
      what: 'save → first line of the new code',
      bare,
      exit75: median(times.standby),
      unit: 'ms',
      note: started,
    },
    { what: '… without a standby', bare, exit75: median(times.cold), unit: 'ms', note: started },
  ]
}
