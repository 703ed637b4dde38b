/** What grows with the number of restarts: one parent, restarted again and again by saves. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFiles, threadsOf, watchesOf } from '../helpers/proc.ts'
import { descendants, type Run, start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'
import { aligned, type Bench } from './figures.ts'

/** `RESTARTS=2000 npm run bench -- endurance` takes most of an hour. */
const RESTARTS = Number(process.env.RESTARTS ?? 200)

const APP = `
import { PARENT, generation, launchChild, onRestart, saveState, savedState } from 'exit75'
import { version } from './version.js'
if (PARENT) launchChild({ log: 'silent' })
else {
  const count = (savedState() ?? 0) + 1
  onRestart(() => saveState(count))
  console.log('ready', version, count, generation)
  setInterval(() => {}, 1e9)
}`

export async function endurance(bench: Bench): Promise<string> {
  const restarts = bench.quick ? 20 : RESTARTS
  const version = (number: number) => `export const version = ${number}`
  const dir = tempDir(bench, {
    'package.json': '{"type":"module"}',
    'app.js': APP,
    'version.js': version(0),
    'tmp/.keep': '',
  })
  const run = start(bench, ['app.js'], {
    cwd: dir.path,
    env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '' },
  })
  await run.says('ready 0 1')
  const rows: string[][] = []
  for (let restart = 1; restart <= restarts; restart += 1) {
    await sleep(1000) // sooner, it would be slowed down as a program that restarts itself
    dir.write('version.js', version(restart))
    await run.says(`ready ${restart} ${restart + 1}`) // the value has come through all generations
    if (restart === 10 || restart === Math.ceil(restarts / 2) || restart === restarts)
      rows.push([`after ${restart}`, ...(await counts(run, dir.file('tmp')))])
  }
  run.signal('SIGTERM')
  await run.ended
  const head = [
    'restarts',
    'RSS, MB',
    'descriptors',
    'threads',
    'watches',
    "child's RSS, MB",
    "child's watches",
    'files',
  ]
  const left = readdirSync(dir.file('tmp'), { recursive: true }).length - 1
  return `${aligned([head, ...rows])}\nafter the end: ${left} files left\n`
}

/** Of the parent, once there is a standby; of its child; and of all that is saved on disk. */
async function counts(run: Run, tmp: string): Promise<string[]> {
  const [child = 0] = await until('a standby', run.output, () => {
    const all = descendants(run.pid)
    return all.length === 2 && all
  })
  const of = (pid: number) => [rss(pid), openFiles(pid), threadsOf(pid), watchesOf(pid).length]
  const [memory, ...others] = of(run.pid)
  const files =
    readdirSync(tmp, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length - 1
  return [memory?.toFixed(1), ...others, rss(child).toFixed(1), watchesOf(child).length, files].map(String)
}

const rss = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
