import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, startApp, untilWatched, version } from '../helpers/app.ts'
import { descendants, type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, type Row, threadTimes } from './figures.ts'

/** Writes so many files, edits the app in the middle if it is told to, and says when that is done. */
const WRITER = `
import { writeFileSync } from 'node:fs'
const [name, files, edit] = process.argv.slice(2)
for (let at = 0; at < files; at += 1) {
  writeFileSync(name + at, '')
  if (at !== files >> 1) continue
  if (edit) writeFileSync('version.js', edit)
  console.log('half')
}
console.log('written', Date.now())`

const BARE = `console.log('ready')\nsetInterval(() => {}, 1e9)`

/** What the thread does with many more events than the kernel keeps, of files that nobody loaded. */
export async function flood(bench: Bench): Promise<Row[]> {
  const files = bench.quick ? 20_000 : 100_000
  const seen: number[] = []
  const busy: number[] = []
  const ended = { bare: [] as number[], exit75: [] as number[] }
  for (let round = 0; round < (bench.quick ? 1 : 3); round += 1) {
    const dir = tempDir(bench, appFiles({ 'writer.mjs': WRITER, 'bare.js': BARE }))
    const write = (name: string, edit = '') =>
      start(bench, ['writer.mjs', name, String(files), edit], { cwd: dir.path })
    const app = await watched(bench, dir)

    const [child = 0] = descendants(app.pid)
    const before = threadTimes(child)
    await written(write('beside'))
    await sleep(REST)
    const spent = [...threadTimes(child)].map(([task, time]) => time - (before.get(task) ?? 0))
    busy.push(Math.max(...spent)) // the main thread looks at a flag, and rests

    const last = await written(write('editing', version('b')))
    await app.says('ready 2 b')
    seen.push(Math.max(0, Date.now() - last))

    ended.exit75.push(await endedAmidst(write('ending'), app))
    const bare = start(bench, ['bare.js'], { cwd: dir.path })
    await bare.says('ready')
    ended.bare.push(await endedAmidst(write('bare'), bare))
  }
  return [
    {
      what: `${files} files beside the app: its thread's CPU time`,
      bare: 0,
      exit75: median(busy),
      unit: 'ms',
    },
    {
      what: '… from the last one until an edit among them runs',
      bare: 0,
      exit75: median(seen),
      unit: 'ms',
    },
    {
      what: '… from SIGTERM in the middle to the end',
      bare: median(ended.bare),
      exit75: median(ended.exit75),
      unit: 'ms',
    },
  ]
}

/** After which the thread has looked at everything, ms. */
const REST = 1500

async function watched(bench: Bench, dir: TempDir): Promise<Run> {
  const app = startApp(bench, dir)
  await app.says('ready 1 a')
  await untilWatched(app, dir.path)
  await sleep(REST) // and the standby is up
  return app
}

async function written(writer: Run): Promise<number> {
  return Number((await writer.says(/^written (\d+)\n/))[1])
}

async function endedAmidst(writer: Run, run: Run): Promise<number> {
  await writer.says('half')
  const sent = performance.now()
  run.signal('SIGTERM')
  await run.ended
  const took = performance.now() - sent
  await written(writer)
  return took
}
