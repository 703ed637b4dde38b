import { readdirSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CLI } from '../helpers/cli.ts'
import { installInto } from '../helpers/install.ts'
import { findNode, versionOf } from '../helpers/nodes.ts'
import { type Run, startCommand } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'
import { aligned, type Bench, drawing, median } from './figures.ts'
import { type Bar, chart, type Panel } from './peers/chart.ts'
import { installPeers, module, now, stopContestant } from './peers/contestants.ts'
import { type Language, MODULES, PACKAGES, realApp, versionModule } from './real-app.ts'

/** Until a standby has loaded everything, on both cores of a small machine, in ms. */
const REST = 4000

/** Until a program that has just come up is idle, where nothing is booted ahead, in ms. */
const IDLE = 500

interface Contestant {
  readonly name: string
  readonly command: (node: string, app: string) => readonly string[]
  /** It replaces modules in the running process, and the app is written for it. */
  readonly inProcess?: boolean
}

const BARE: Readonly<Record<Language, Contestant>> = {
  js: { name: 'bare', command: (node, app) => [node, app] },
  ts: { name: 'bare, node --import tsx', command: (node, app) => [node, '--import', 'tsx', app] },
}

function contestants(language: Language, bun: string): Contestant[] {
  const all: Contestant[] = [
    { name: 'exit75', command: (node, app) => [node, CLI, app] },
    { name: 'exit75 --preload false', command: (node, app) => [node, CLI, '--preload', 'false', app] },
    { name: 'tsx watch', command: (node, app) => [node, module('tsx/dist/cli.mjs'), 'watch', app] },
    { name: 'bun --watch', command: (_, app) => [bun, '--watch', '--no-clear-screen', app] },
  ]
  if (language === 'ts') return all
  return [
    ...all,
    { name: 'nodemon', command: (node, app) => [node, module('nodemon/bin/nodemon.js'), app] },
    { name: 'node --watch', command: (node, app) => [node, '--watch', '--watch-preserve-output', app] },
    {
      name: 'hot-hook, in the process',
      command: (node, app) => [node, '--import', module('hot-hook/build/src/register.js'), app],
      inProcess: true,
    },
  ]
}

/** Real applications: from a save to the moment when the new code listens, in turns with a bare start. */
export async function real(bench: Bench): Promise<string> {
  installPeers()
  const installed = tempDir(bench, {}, 'exit75 bench')
  installed.remove('node_modules')
  installInto(
    installed.path,
    Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`),
  )
  symlinkSync(module('tsx'), installed.file('node_modules/tsx'), 'dir')
  symlinkSync(module('esbuild'), installed.file('node_modules/esbuild'), 'dir')
  const parts: string[] = []
  let charted: Panel[] = []
  for (const node of bench.majors.flatMap((major) => findNode(major) ?? [])) {
    charted = [] // of the newest
    for (const language of ['js', 'ts'] as const) {
      const { text, panel } = await compare(bench, node, language, installed)
      parts.push(text)
      charted.push(panel)
    }
  }
  drawing(bench, 'real-apps.svg', chart('From a save until a real application listens again, ms', charted))
  return parts.join('\n\n')
}

interface Entry {
  readonly contestant: Contestant
  readonly dir: TempDir
  readonly edits: number[]
  readonly starts: number[]
  run?: Run
}

interface Compared {
  readonly text: string
  readonly panel: Panel
}

/** Of the later ones, for which compiled code is kept, the median counts. */
const STARTS = 7

async function compare(
  bench: Bench,
  node: string,
  language: Language,
  installed: TempDir,
): Promise<Compared> {
  const oven = module('@oven')
  const bun = join(oven, readdirSync(oven)[0] ?? '', 'bin/bun')
  const bare = newEntry(bench, BARE[language], language, installed)
  const entries = contestants(language, bun).map((one) => newEntry(bench, one, language, installed))
  const rounds = bench.quick ? 4 : 10
  for (let at = 0; at < STARTS; at += 1) for (const entry of [bare, ...entries]) await coldStart(entry)
  for (const entry of entries) entry.run = await begin(entry)
  await sleep(REST)
  for (let round = 0; round < rounds; round += 1) {
    await coldStart(bare)
    for (const entry of entries) {
      await edit(entry, round)
      await sleep(isOurs(entry) ? REST : IDLE)
    }
  }
  for (const { run } of entries) if (run !== undefined) await stopContestant(run)
  const start = median(bare.starts)
  const what = language === 'js' ? 'a JavaScript app' : `a TypeScript app of ${MODULES} modules, by tsx`
  const rows = entries.map(({ contestant, edits, starts }) => [
    contestant.name,
    `${Math.round(median(edits))} ms, ${(median(edits) / start).toFixed(2)}`,
    `${((starts[0] ?? Number.NaN) / start).toFixed(2)}, ${(median(starts.slice(2)) / start).toFixed(2)}`,
  ])
  const bars = entries.map((entry): Bar => {
    const { contestant, edits } = entry
    return { name: contestant.name, time: median(edits), kind: isOurs(entry) ? 'exit75' : 'peer' }
  })
  return {
    text: [
      `Node ${versionOf(node)}, ${what}, bare start ${Math.round(start)} ms`,
      aligned([['', 'edit → up', 'first start, from the third on'], ...rows]),
    ].join('\n'),
    panel: {
      name: `Node ${versionOf(node)}, ${language === 'js' ? 'JavaScript' : 'TypeScript by tsx'}`,
      bars: [{ name: 'bare start', time: start, kind: 'bare' }, ...bars],
    },
  }

  async function coldStart(entry: Entry): Promise<void> {
    const at = now()
    const run = await begin(entry)
    entry.starts.push((await upAt(run, 0)) - at)
    if (isOurs(entry)) await sleep(REST) // its standby writes the compiled code
    await stopContestant(run)
  }

  async function begin({ contestant, dir }: Entry): Promise<Run> {
    dir.write(`version.${language}`, versionModule(0))
    const [file = node, ...args] = contestant.command(node, `app.${language}`)
    const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`
    const run = startCommand(bench, file, args, { cwd: dir.path, env: { PATH } })
    await upAt(run, 0)
    return run
  }

  async function edit({ dir, edits, run }: Entry, round: number): Promise<void> {
    if (run === undefined) return
    const at = now()
    dir.write(`version.${language}`, versionModule(round + 1))
    edits.push((await upAt(run, round + 1)) - at)
  }
}

function isOurs({ contestant }: Pick<Entry, 'contestant'>): boolean {
  return contestant.name.startsWith('exit75')
}

async function upAt(run: Run, version: number): Promise<number> {
  const match = () =>
    [...run.output().matchAll(/^up (\d+) ([\d.]+)$/gm)].find(([, one]) => Number(one) === version)
  const found = await until(`version ${version} is up`, run.output, match)
  return Number(found[2])
}

function newEntry(bench: Bench, contestant: Contestant, language: Language, installed: TempDir): Entry {
  const dir = tempDir(bench, realApp(language, contestant.inProcess), 'exit75 bench')
  dir.remove('node_modules')
  symlinkSync(installed.file('node_modules'), dir.file('node_modules'), 'dir')
  return { contestant, dir, edits: [], starts: [] }
}
