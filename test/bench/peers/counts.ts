/** What random edits and a checkout lead to: too few restarts, or too many. */
import { execFileSync } from 'node:child_process'
import { readFileSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '../../helpers/start.ts'
import type { TempDir } from '../../helpers/temp-dir.ts'
import type { Bench } from '../figures.ts'
import { appDir, type Contestant, contestants, now, startContestant, stopContestant } from './contestants.ts'
import { LIMIT, lastRun } from './racer.ts'

/** Without a restart for so long, ms, there is none to come. */
const QUIET = 1200
/** Of a kind that all of them follow. */
const MODULES = ['a.cjs', 'b.cjs', 'deep/c.cjs']
const MAIN = 'main.cjs'
const FILES = 300

export interface Counts {
  readonly name: string
  /** Edits after which the new code did not run within three seconds, of so many. */
  readonly lost: number
  readonly edits: number
  /** Restarts by a touch, an identical rewrite, or a second one for an edit; of so many saves. */
  readonly needless: number
  readonly saves: number
  /** Restarts for one checkout, for each of several. */
  readonly checkouts: readonly number[]
  /** Checkouts after which other code ran than that on disk. */
  readonly stale: number
}

export async function counts(bench: Bench, node: string): Promise<Counts[]> {
  const all = contestants().filter(({ language }) => language !== 'ts')
  const edits = await randomEdits(bench, node, all)
  const checkouts = await gitCheckouts(bench, node, all)
  return all.map(({ name }, at) => ({ name, ...(edits[at] as Edits), ...(checkouts[at] as Checkouts) }))
}

type Edits = Pick<Counts, 'lost' | 'edits' | 'needless' | 'saves'>
type Checkouts = Pick<Counts, 'checkouts' | 'stale'>

/** The same edits to all, at the same time. */
async function randomEdits(bench: Bench, node: string, all: readonly Contestant[]): Promise<Edits[]> {
  const versions = new Map(MODULES.map((name) => [name, 1]))
  const code = (name: string) => `module.exports = ${versions.get(name)}`
  const main = runsWith(MODULES, "'.'")
  const files = Object.fromEntries(MODULES.map((name) => [name, code(name)]))
  const apps = all.map((contestant) => app(bench, node, contestant, { ...files, [MAIN]: main }))
  const results = all.map(() => ({ lost: 0, edits: 0, needless: 0, saves: 0 }))
  const expected = () => [...versions.values()].join('.')
  await Promise.all(apps.map(({ output }) => lastRun(output, expected())))
  await sleep(QUIET)

  const random = generator(75)
  const acts = ['in place', 'in place', 'rename over', 'rename over', 'touch', 'again'] as const
  for (let left = bench.quick ? 12 : 30; left > 0; left -= 1) {
    const act = pick(acts, random)
    const name = pick(MODULES, random)
    const before = apps.map(runs)
    const isEdit = act === 'in place' || act === 'rename over'
    if (isEdit) versions.set(name, (versions.get(name) ?? 0) + 1)
    for (const { dir } of apps) {
      if (act === 'in place') dir.write(name, code(name))
      if (act === 'rename over') dir.replace(name, code(name))
      if (act === 'touch') utimesSync(dir.file(name), Date.now() / 1000, Date.now() / 1000)
      if (act === 'again') dir.write(name, readFileSync(dir.file(name), 'utf8'))
    }
    if (isEdit) await Promise.all(apps.map(({ output }) => lastRun(output, expected())))
    await quiet(apps)
    apps.forEach((one, at) => {
      const result = results[at] as (typeof results)[number]
      const isAnswered = lastVersion(one) === expected()
      result.saves += 1
      if (isEdit) result.edits += 1
      if (isEdit && !isAnswered) result.lost += 1
      const wanted = isEdit && isAnswered ? 1 : 0
      result.needless += Math.max(0, runs(one) - (before[at] ?? 0) - wanted)
    })
  }
  await Promise.all(apps.map(({ run }) => stopContestant(run)))
  return results
}

async function gitCheckouts(bench: Bench, node: string, all: readonly Contestant[]): Promise<Checkouts[]> {
  const names = Array.from({ length: FILES }, (_, at) => `src/${at % 10}/${at}.cjs`)
  const code = (value: number) => Object.fromEntries(names.map((name) => [name, `module.exports = ${value}`]))
  const apps = all.map((contestant) => {
    const dir = appDir(
      bench,
      contestant,
      {
        ...code(1),
        [MAIN]: runsWith(names, 'sum'),
        '.gitignore': 'node_modules',
      },
      MAIN,
    )
    const git = (...args: string[]) => execFileSync('git', args, { cwd: dir.path, stdio: 'pipe' })
    const commit = () => {
      git('add', '.')
      git('-c', 'user.name=bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', 'code')
    }
    git('init', '-q', '-b', 'one')
    commit()
    git('checkout', '-qb', 'two')
    for (const [name, content] of Object.entries(code(2))) dir.write(name, content)
    commit()
    git('checkout', '-q', 'one')
    return { ...app(bench, node, contestant, {}, dir), git }
  })
  await Promise.all(apps.map(({ output }) => lastRun(output, FILES)))
  await sleep(QUIET)
  const results = all.map(() => ({ checkouts: [] as number[], stale: 0 }))
  for (let round = 0; round < (bench.quick ? 2 : 6); round += 1) {
    const before = apps.map(runs)
    for (const { git } of apps) git('checkout', '-q', round % 2 === 0 ? 'two' : 'one')
    await quiet(apps)
    apps.forEach((one, at) => {
      results[at]?.checkouts.push(runs(one) - (before[at] ?? 0))
      if (lastVersion(one) !== String(FILES * (round % 2 === 0 ? 2 : 1)) && results[at])
        results[at].stale += 1
    })
  }
  await Promise.all(apps.map(({ run }) => stopContestant(run)))
  return results
}

interface App {
  readonly dir: TempDir
  readonly run: Run
  readonly output: () => string
}

function app(
  bench: Bench,
  node: string,
  contestant: Contestant,
  files: Record<string, string>,
  dir: TempDir = appDir(bench, contestant, files, MAIN),
): App {
  const run = startContestant(bench, node, contestant, dir.path)
  return { dir, run, output: run.output }
}

/** A main module that says what it loaded: joined, or the sum. */
function runsWith(names: readonly string[], how: string): string {
  const list = names.map((name) => `require('./${name}')`).join(', ')
  const value = how === 'sum' ? `[${list}].reduce((sum, one) => sum + one)` : `[${list}].join(${how})`
  return `const value = ${value}
setInterval(() => {}, 1e9)
console.log('runs', value, 0, process.pid)
`
}

const runs = ({ output }: App): number => output().match(/^runs /gm)?.length ?? 0
const lastVersion = ({ output }: App): string | undefined =>
  [...output().matchAll(/^runs (\S+) /gm)].at(-1)?.[1]

/** Until none of them has started anew for a while. */
async function quiet(apps: readonly App[]): Promise<void> {
  const count = () => apps.reduce((sum, one) => sum + runs(one), 0)
  const limit = now() + 10 * LIMIT
  for (let [seen, since] = [count(), now()]; now() - since < QUIET && now() < limit; await sleep(50)) {
    if (count() === seen) continue
    seen = count()
    since = now()
  }
}

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T

/** The same numbers in every run (Park and Miller). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}
