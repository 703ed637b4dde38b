import { join } from 'node:path'
import { startCommand } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { aligned, type Bench, median } from './figures.ts'
import { installPeers, module, now, stopContestant } from './peers/contestants.ts'
import { fill, lastWatch } from './peers/large-tree.ts'

/** exit75 as it watches a program from outside, by its directories. */
const EXIT75 = `
import { createFilter } from ${JSON.stringify(join(REPOSITORY, 'src/watch/filter/filter.ts'))}
import { watchTree } from ${JSON.stringify(join(REPOSITORY, 'src/watch/tree-watcher.ts'))}
const root = process.cwd()
const { known } = watchTree({
  paths: [root],
  filter: createFilter({ root, ignore: [], extensions: null, ignoreFiles: true }),
  settle: null,
  poll: false,
  recursive: true,
  ignorePermissionDenied: false,
  changed: () => {},
  failed: console.error,
  pollingBecause: console.error,
})
`
const chokidar = (options: string): string => `
import { watch } from ${JSON.stringify(module('chokidar/index.js'))}
watch('.', ${options}).on('ready', () => console.log('watches'))
`
const parcel = (options: string): string => `
import { subscribe } from ${JSON.stringify(module('@parcel/watcher/index.js'))}
await subscribe(process.cwd(), () => {}, ${options})
console.log('watches')
`
/** Each is a program that says when it watches the directory it is started in. */
const WATCHERS: Record<string, { readonly script: string } | { readonly args: readonly string[] }> = {
  exit75: { script: `${EXIT75}console.log('watches')` },
  'exit75, when it has read all': { script: `${EXIT75}known.then(() => console.log('watches'))` },
  nodemon: { args: ['--verbose', 'idle.mjs'] },
  'nodemon, told what to ignore': { args: ['--verbose', '--ignore', 'build/', 'idle.mjs'] },
  chokidar: { script: chokidar('{}') },
  'chokidar, told what to ignore': {
    script: chokidar('{ ignored: (path) => /(^|[/])(build|node_modules)$/.test(path) }'),
  },
  '@parcel/watcher': { script: parcel('{}') },
  '@parcel/watcher, told what to ignore': { script: parcel(`{ ignore: ['build', 'node_modules'] }`) },
}

/** Of nodemon it is the line by which it says how many files. */
const WATCHES = /^watches|\[nodemon\] watching [\d,]+ file/

/** What it takes to watch a tree of which nineteen files of twenty are ignored, half of them by .gitignore. */
export async function tree(bench: Bench): Promise<string> {
  installPeers()
  const files = bench.quick ? 10_000 : 100_000
  const ignored = files * 0.95
  const dir = tempDir(bench, {
    '.gitignore': 'build/\n',
    '.git/HEAD': '',
    'idle.mjs': 'setInterval(() => {}, 1e9)',
  })
  dir.remove('node_modules/exit75') // a link, which some of them follow
  fill(dir, 'src', files - ignored)
  fill(dir, 'build', ignored / 2)
  fill(dir, 'node_modules/package', ignored / 2)

  const names = Object.keys(WATCHERS)
  const rounds: Watched[][] = []
  // In turns, and the first round is for the system's caches.
  for (let round = 0; round <= (bench.quick ? 1 : 3); round += 1) {
    rounds.push([])
    for (const name of names) rounds[round]?.push(await setUp(bench, dir, name))
  }
  const medians = names.map((name, at) => {
    const all = rounds.slice(1).flatMap((round) => round[at] ?? [])
    return [
      name,
      ...[all.map((one) => one.count), all.map((one) => one.time)].map((of) => median(of).toFixed(0)),
    ]
  })
  return `A tree of ${files} files, ${ignored} of them ignored\n\n${aligned([['', 'watches', 'set up, ms'], ...medians])}`
}

interface Watched {
  readonly count: number
  /** From the start of the process until it says that it watches and has added its last watch, ms. */
  readonly time: number
}

async function setUp(bench: Bench, dir: TempDir, name: string): Promise<Watched> {
  const what = WATCHERS[name]
  const args =
    what === undefined || 'script' in what
      ? ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', what?.script ?? '']
      : [module('nodemon/bin/nodemon.js'), ...what.args]
  const began = now()
  const run = startCommand(bench, process.execPath, args, { cwd: dir.path })
  await run.says(WATCHES)
  const said = now()
  const [count, last] = await lastWatch(run.pid)
  await stopContestant(run)
  return { count, time: Math.max(said, last) - began }
}
