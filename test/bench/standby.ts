import { setTimeout as sleep } from 'node:timers/promises'
import { start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, number, type Row } from './figures.ts'

const MODULES = 150
/** Loads modules, works for a while, and only then begins to ask. */
const APP = `
import { PARENT, launchChild, shouldRestart } from 'exit75'
if (PARENT) launchChild({ log: 'silent', standby: process.argv[2] === 'standby' })
else {
  const born = Number(process.hrtime.bigint()) / 1e6
  await import('./all.js')
  for (const end = performance.now() + 100; performance.now() < end; );
  console.log('booted', Number(process.hrtime.bigint()) / 1e6 - born)
  setInterval(() => shouldRestart() && process.exit(75), 5)
}
`
/** Until the next standby is there, ms. */
const PAUSE = 1000

/** Whether the next child, while it is booted ahead, slows down the boot of the one that runs. */
export async function standby(bench: Bench): Promise<Row[]> {
  const runs = ['alone', 'standby'].map((mode) => {
    const dir = tempDir(bench, files())
    return { dir, app: start(bench, ['app.js', mode], { cwd: dir.path }), times: [] as number[] }
  })
  for (const { app } of runs) await number(app, 'booted')
  for (let round = 0; round < (bench.quick ? 5 : 15); round += 1) {
    for (const { dir, app, times } of runs) {
      await sleep(PAUSE)
      edit(dir, round)
      times.push(await number(app, 'booted'))
    }
  }
  const [alone = 0, kept = 0] = runs.map(({ times }) => median(times))
  const what = `an app's own boot: ${MODULES} modules and 100 ms of work`
  return [{ what, bare: alone, exit75: kept, unit: 'ms', note: 'bare: standby: false' }]
}

function files(): Record<string, string> {
  const names = Array.from({ length: MODULES }, (_, at) => `m${at}.js`)
  return {
    'package.json': '{"type":"module"}',
    'app.js': APP,
    'all.js': names.map((name) => `import './${name}'`).join('\n'),
    ...Object.fromEntries(names.map((name) => [name, 'export {}'])),
  }
}

const edit = (dir: TempDir, round: number): void => dir.write('m0.js', `export {} // ${round}`)
