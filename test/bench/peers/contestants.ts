/** Who is measured, and how each is started. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { descendants, isAlive, type Run, startCommand } from '../../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import type { Bench } from '../figures.ts'

export type Language = 'js' | 'ts' | 'cjs'

export interface Contestant {
  readonly name: string
  /** Also how its files are named. */
  readonly language: Language
  readonly usesExit75: boolean
  readonly hasStandby: boolean
  readonly command: (node: string) => readonly [string, ...string[]]
}

/** Without any restarter: what the others are compared with. */
export const BARE: Contestant = peer('bare', (node) => [node, 'app.js'])
export const BARE_TSX: Contestant = {
  ...peer('bare, node --import tsx', (node) => [node, '--import', 'tsx', 'app.ts']),
  language: 'ts',
}

/** All of them, installed. */
export function contestants(): Contestant[] {
  installPeers()
  const bun = readdirSync(join(MODULES, '@oven')).map((name) => join(MODULES, '@oven', name, 'bin/bun'))
  return [
    { ...exit75('exit75', (node) => [node, 'app.js']), hasStandby: true },
    exit75('exit75, standby: false', (node) => [node, 'app.js', 'alone']),
    peer('nodemon', (node) => [node, module('nodemon/bin/nodemon.js'), 'app.js']),
    peer('node --watch', (node) => [node, '--watch', '--watch-preserve-output', 'app.js']),
    peer('tsx watch', (node) => [
      node,
      module('tsx/dist/cli.mjs'),
      'watch',
      '--clear-screen=false',
      'app.js',
    ]),
    // ES modules it does not follow on newer Nodes.
    {
      ...peer('node-dev', (node) => [node, module('node-dev/bin/node-dev'), 'app.cjs']),
      language: 'cjs',
    },
    peer('bun --watch', () => [bun[0] ?? 'bun', '--watch', '--no-clear-screen', 'app.js']),
    {
      ...exit75('exit75, node --import tsx', (node) => [node, '--import', 'tsx', 'app.ts']),
      language: 'ts',
      hasStandby: true,
    },
    {
      ...peer('tsx watch, app.ts', (node) => [
        node,
        module('tsx/dist/cli.mjs'),
        'watch',
        '--clear-screen=false',
        'app.ts',
      ]),
      language: 'ts',
    },
  ]
}

export const bareOf = ({ language }: Contestant): Contestant => (language === 'ts' ? BARE_TSX : BARE)

/** A folder with the contestant's app, which loads `main`. */
export function appDir(
  bench: Bench,
  { usesExit75, language }: Contestant,
  files: Record<string, string>,
  main = `main.${language}`,
): TempDir {
  const load = language === 'cjs' ? `require('./${main}')` : `await import('./${main}')`
  const dir = tempDir(
    bench,
    {
      'package.json': '{"type":"module"}',
      [`app.${language}`]: usesExit75 ? exit75App(load) : load,
      ...files,
    },
    'exit75 bench',
  )
  symlinkSync(join(MODULES, 'tsx'), dir.file('node_modules/tsx'), 'dir')
  return dir
}

export function startContestant(bench: Bench, node: string, { command }: Contestant, cwd: string): Run {
  const [file, ...args] = command(node)
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`
  return startCommand(bench, file, args, { cwd, env: { PATH, EXIT75_LOG: 'debug' } })
}

/** Ends it with all its processes: some peers leave the app behind. */
export async function stopContestant({ pid, ended, signal }: Run): Promise<void> {
  const processes = [pid, ...descendants(pid)]
  signal('SIGTERM')
  await Promise.race([ended, sleep(500)])
  for (const one of processes) if (isAlive(one)) process.kill(one, 'SIGKILL')
  await ended
}

/** The one clock of all processes, also in bun, whose `hrtime` may begin with the process. */
const NOW = 'performance.timeOrigin + performance.now()'
export const now = (): number => performance.timeOrigin + performance.now()

/** An edited module: its first line is the first of the new code. */
export const mainModule = (version: string | number): string => `const at = ${NOW}
setInterval(() => {}, 1e9)
console.log('runs', ${JSON.stringify(version)}, at, process.pid)
`

/** It ends as soon as it is asked to, as the peers' app does, by their signal. */
const exit75App = (load: string): string => `
import { PARENT, launchChild, restartSignal } from 'exit75'
if (PARENT) {
  launchChild({
    standby: process.argv[2] !== 'alone',
    onRestart: () => console.log('gone', ${NOW}),
  })
} else {
  restartSignal.addEventListener('abort', () => {
    console.log('asked', ${NOW})
    process.exit(75)
  })
  ${load}
}
`

const HERE = join(REPOSITORY, 'test/bench/peers')
const MODULES = join(HERE, 'node_modules')
/** The path of a file in a peer's package. */
export const module = (path: string): string => join(MODULES, path)

function peer(name: string, command: Contestant['command']): Contestant {
  return { name, command, language: 'js', usesExit75: false, hasStandby: false }
}

function exit75(name: string, command: Contestant['command']): Contestant {
  return { ...peer(name, command), usesExit75: true }
}

/** Installs the peers, if one of them is not there. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  if (Object.keys(dependencies).every((name) => existsSync(module(name)))) return
  console.error('installing the peers')
  // Their binaries come as packages of their own: no script has to run.
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], {
    cwd: HERE,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error('npm could not install the peers', { cause: error })
}
