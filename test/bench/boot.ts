import { readFileSync } from 'node:fs'
import { readOptions } from '../../src/options/options.ts'
import { NO_SOCKETS } from '../../src/parent/held/sockets.ts'
import { nodeCommandLine } from '../../src/parent/programs/node-command.ts'
import { spawnChild } from '../../src/parent/programs/spawn-node.ts'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { type Bench, median, now, type Row } from './figures.ts'

const NOTE_TIME = `
import { writeFileSync } from 'node:fs'
writeFileSync('time', String(Number(process.hrtime.bigint()) / 1e6))
`

/** From the launch to the first line of the app, the child started just as the parent does it. */
export async function boot(bench: Bench): Promise<Row[]> {
  const dir = tempDir(bench, {
    'package.json': '{"type":"module"}',
    'app.js': NOTE_TIME,
    'asks.js': `import 'exit75'${NOTE_TIME}`,
  })
  const timeOf = async (run: () => Promise<unknown>) => {
    const begin = now()
    await run()
    return Number(readFileSync(dir.file('time'), 'utf8')) - begin
  }
  const bare = () => start(bench, ['app.js'], { cwd: dir.path }).ended
  const states = { directory: dir.file('state'), forget: () => {}, remove: () => {} }
  const child = (app: string) => () => {
    const command = nodeCommandLine(
      { cwd: dir.path, argv: [process.execPath, app], execArgv: [], env: process.env },
      {},
    )
    const deps = { command, settings: readOptions({}), sockets: NO_SOCKETS, states }
    return spawnChild(deps, { generation: 1, changes: [] }).ended
  }
  const programs = [bare, child('app.js'), child('asks.js')]
  const times: number[][] = programs.map(() => [])
  for (let round = 0; round < (bench.quick ? 15 : 60); round += 1) {
    for (const [at, program] of programs.entries()) times[at]?.push(await timeOf(program))
  }
  const [alone = 0, preloaded = 0, asking = 0] = times.map(median)
  return [
    { what: 'boot to the first line: preload and thread', bare: alone, exit75: preloaded, unit: 'ms' },
    { what: "boot to the first line: and import 'exit75'", bare: alone, exit75: asking, unit: 'ms' },
  ]
}
