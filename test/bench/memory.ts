import { setTimeout as sleep } from 'node:timers/promises'
import { descendants, start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'
import { type Bench, median, pss, type Row } from './figures.ts'

const IDLE = `setInterval(() => {}, 1e9); console.log('idle')`
const APP = `import { PARENT, launchChild } from 'exit75'; if (PARENT) launchChild(); else { ${IDLE} }`

/** Of programs that run at the same time, so that each has the same share of what they share. */
export async function memory(bench: Bench): Promise<Row[]> {
  const files = { 'package.json': '{"type":"module"}', 'app.js': APP, 'bare.js': IDLE }
  const dir = tempDir(bench, files)
  const times = {
    bare: [] as number[],
    child: [] as number[],
    standby: [] as number[],
    parent: [] as number[],
  }
  for (let round = 0; round < (bench.quick ? 3 : 7); round += 1) {
    const bare = start(bench, ['bare.js'], { cwd: dir.path })
    const parent = start(bench, ['app.js'], { cwd: dir.path })
    await Promise.all([bare.says('idle'), parent.says('idle')])
    const [child = 0, standby = 0] = await until('there is a standby', parent.output, () => {
      const pids = descendants(parent.pid)
      return pids.length === 2 && pids
    })
    await sleep(1000) // the threads and the compilers come to rest
    times.bare.push(pss(bare.pid))
    times.child.push(pss(child))
    times.standby.push(pss(standby))
    times.parent.push(pss(parent.pid))
    bare.signal('SIGTERM')
    parent.signal('SIGTERM')
    await Promise.all([bare.ended, parent.ended])
  }
  const bare = median(times.bare)
  return [
    { what: 'memory (PSS) of the child', bare, exit75: median(times.child), unit: 'MB' },
    { what: 'memory (PSS) of the standby', bare, exit75: median(times.standby), unit: 'MB' },
    { what: 'memory (PSS) of the parent', bare, exit75: median(times.parent), unit: 'MB' },
  ]
}
