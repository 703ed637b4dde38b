import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchesOf } from '../helpers/proc.ts'
import { descendants, start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { type Bench, cpuTime, median, number, pss, type Row } from './figures.ts'

const PER_DIRECTORY = 50
/** V8 collects garbage once more when a program has been idle for a while, whoever wrote it. */
const REST = 20_000

const BARE = `
const born = Number(process.hrtime.bigint()) / 1e6
await import('./all.js')
console.log('loaded', Number(process.hrtime.bigint()) / 1e6 - born)
setInterval(() => {}, 1e9)
`
/** Edits, as soon as it runs, what it loaded last, and waits: the thread must have dealt with all by then. */
const APP = `
import { writeFileSync } from 'node:fs'
import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
if (PARENT) launchChild()
else {
  const born = Number(process.hrtime.bigint()) / 1e6
  await import('./all.js')
  const loaded = Number(process.hrtime.bigint()) / 1e6
  console.log('loaded', loaded - born)
  if (process.argv[2] === 'edit' && generation === 1) {
    writeFileSync(process.argv[3], '// edited')
    while (!shouldRestart());
    console.log('turned', Number(process.hrtime.bigint()) / 1e6 - loaded)
    process.exit(0)
  }
  setInterval(() => {}, 1e9)
}
`

/** An app of many modules in a tree of many more files. */
export async function bigApp(bench: Bench): Promise<Row[]> {
  const modules = bench.quick ? 500 : 2000
  const others = bench.quick ? 10_000 : 98_000
  const dir = tempDir(bench, { 'package.json': '{"type":"module"}', 'app.js': APP, 'bare.js': BARE })
  const paths = fill(dir.path, modules, others)
  dir.write('all.js', paths.map((path) => `import './${path}'`).join('\n'))
  const last = dir.file(paths.at(-1) ?? '')

  const times = { bare: [] as number[], child: [] as number[], turned: [] as number[] }
  for (let round = 0; round < (bench.quick ? 3 : 7); round += 1) {
    const bare = start(bench, ['bare.js'], { cwd: dir.path })
    times.bare.push(await number(bare, 'loaded'))
    bare.signal('SIGKILL')
    writeFileSync(last, '')
    const app = start(bench, ['app.js', 'edit', last], { cwd: dir.path })
    times.child.push(await number(app, 'loaded'))
    times.turned.push(await number(app, 'turned'))
    await app.ended
  }
  return [
    {
      what: `${modules} modules among ${modules + others} files: loading`,
      bare: median(times.bare),
      exit75: median(times.child),
      unit: 'ms',
    },
    {
      what: '… then, until an edit of the last one counts',
      bare: 0,
      exit75: median(times.turned),
      unit: 'ms',
    },
    ...(await idle(bench, dir.path, bench.quick ? 5 : 30)),
  ]
}

/** What the same app costs when nothing happens. */
async function idle(bench: Bench, cwd: string, seconds: number): Promise<Row[]> {
  const bare = start(bench, ['bare.js'], { cwd })
  const parent = start(bench, ['app.js'], { cwd })
  await Promise.all([bare.says('loaded'), parent.says('loaded')])
  await sleep(REST)
  const [child = 0, ...standby] = descendants(parent.pid)
  const pids = [bare.pid, child, parent.pid, ...standby]
  const before = pids.map(cpuTime)
  await sleep(seconds * 1000)
  const [bareTime = 0, childTime = 0, ...otherTimes] = pids.map((pid, at) => cpuTime(pid) - (before[at] ?? 0))
  return [
    { what: '… watches', bare: watchesOf(bare.pid).length, exit75: watchesOf(child).length, unit: '' },
    { what: '… memory (PSS) of the child', bare: pss(bare.pid), exit75: pss(child), unit: 'MB' },
    {
      what: `… processor time of the idle child in ${seconds} s`,
      bare: bareTime,
      exit75: childTime,
      unit: 'ms',
    },
    {
      what: '… and of its parent and standby',
      bare: bareTime,
      exit75: otherTimes.reduce((sum, time) => sum + time, 0),
      unit: 'ms',
    },
  ]
}

/** Makes the modules, and beside them the files that nobody loads. Gives back the modules' paths. */
function fill(root: string, modules: number, others: number): string[] {
  const paths: string[] = []
  for (let at = 0; at < modules + others; at += 1) {
    const isModule = at < modules
    const directory = `${isModule ? 'src' : 'other'}/${Math.floor(at / PER_DIRECTORY)}`
    if (at % PER_DIRECTORY === 0) mkdirSync(join(root, directory), { recursive: true })
    const path = `${directory}/${at}.js`
    writeFileSync(join(root, path), isModule ? `export const value = ${at}` : '')
    if (isModule) paths.push(path)
  }
  return paths
}
