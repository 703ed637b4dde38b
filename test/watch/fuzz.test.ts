/**
 * Random things happen to files, links and directories: when it is quiet, what is known is what is
 * there, and there were no more changes than writes. `SEED=1 ROUNDS=5000` repeat one, and go on longer.
 */
import assert from 'node:assert/strict'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, relative } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mountCoarseClock, mountFile } from '../helpers/mounts.ts'
import { seeded } from '../helpers/seeded.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'
import { watching } from '../helpers/watching.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 150)
/** Where things happen, and what of it is watched. */
const REAL = ['real/a', 'real/b', 'real/deep/c', 'other/a', 'other/deep/c', 'own/d']
const MOUNTED = ['outer/m', 'own/m']
const WATCHED = ['own/d', 'own/m', 'link', 'chain', 'current/a', 'current/deep/c', 'own/late', 'hard']

const RUNS = [
  { by: 'events', poll: false, hasCoarseClock: false },
  { by: 'polling', poll: 20, hasCoarseClock: false },
  { by: 'events, with a clock of one second', poll: false, hasCoarseClock: true },
  { by: 'polling, with a clock of one second', poll: 20, hasCoarseClock: true },
] as const

for (const { by, poll, hasCoarseClock } of RUNS) {
  const rounds = hasCoarseClock ? Math.ceil(ROUNDS / 5) : ROUNDS // each look takes some seconds there
  test(`${by}: ${rounds} random rounds`, async (t) => {
    const undo: (() => void)[] = []
    t.after(() => {
      for (const act of undo.reverse()) act() // before the directory is removed
    })
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    t.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    const pick = <T>(all: readonly T[]): T => all[below(all.length)] as T
    const dir = tempDir(t, {})
    if (hasCoarseClock) {
      const unmount = mountCoarseClock(dir.path, tempDir(t, {}).file('image'))
      if (unmount === undefined) return t.skip('only root may mount a file system')
      undo.push(unmount)
    }
    for (const name of [...REAL, ...MOUNTED]) dir.write(name, '0')
    const unmount = mountFile(dir.file('outer/m'), dir.file('own/m'))
    if (unmount !== undefined) undo.push(unmount)
    const story: string[] = []
    const point = (link: string, target: string) => {
      if (below(2) === 0) rmSync(dir.file(link), { force: true })
      symlinkSync(target, dir.file('new-link'))
      renameSync(dir.file('new-link'), dir.file(link))
    }
    symlinkSync('real/a', dir.file('link'))
    symlinkSync('link', dir.file('chain'))
    symlinkSync('real', dir.file('current'))
    linkSync(dir.file('own/d'), dir.file('hard'))
    const { files, changes, notes } = watching(t, WATCHED.map(dir.file), { poll })

    const actions: Record<string, (round: number) => void> = {
      write: (round) => tryTo(() => writeFileSync(dir.file(pick([...REAL, 'own/late', 'hard'])), `${round}`)),
      replace: (round) => tryTo(() => dir.replace(pick([...REAL, 'own/late']), `${round}`)),
      remove: () => tryTo(() => rmSync(dir.file(pick([...REAL, 'own/late'])))),
      touch: () => tryTo(() => utimesSync(dir.file(pick(REAL)), 1e9, 1e9)),
      'point the link elsewhere': () => point('link', pick(REAL)),
      'point the chain elsewhere': () => point('chain', pick(['link', 'current/a', 'chain', 'nowhere'])),
      'point the directory elsewhere': () => point('current', pick(['real', 'other', './real', 'nowhere'])),
      'move a directory away and back': () => {
        const name = pick(['real', 'other', 'real/deep'])
        tryTo(() => renameSync(dir.file(name), dir.file('away')))
        if (below(2) === 0) mkdirSync(dir.file(name), { recursive: true })
        else tryTo(() => renameSync(dir.file('away'), dir.file(name)))
        rmSync(dir.file('away'), { recursive: true, force: true })
      },
      'swap directories': () => {
        tryTo(() => renameSync(dir.file('real'), dir.file('swap')))
        tryTo(() => renameSync(dir.file('other'), dir.file('real')))
        tryTo(() => renameSync(dir.file('swap'), dir.file('other')))
      },
      'a hard link': () => {
        rmSync(dir.file('hard'), { force: true })
        const name = pick(REAL)
        tryTo(() => linkSync(dir.file(name), dir.file('hard')))
        // Of a second name elsewhere the directory of the first has no event: until the next one it is not known.
        tryTo(() => utimesSync(dir.file(name), 1e9, 1e9))
      },
      'make what is missing': (round) => {
        for (const name of REAL) if (!existsSync(dir.file(name))) tryTo(() => dir.write(name, `${round}`))
      },
      'the other name of a mounted file': (round) => dir.write('outer/m', `${round}`),
      'a burst beside': () => {
        for (let at = 0; at < 700; at += 1) tryTo(() => writeFileSync(dir.file(`own/x${at}`), ''))
      },
    }

    for (let round = 1; round <= rounds; round += 1) {
      const name = pick(Object.keys(actions))
      story.push(`${round} ${name}`)
      actions[name]?.(round)
      const pause = below(5)
      if (pause === 0) await sleep(below(100))
      if (pause > 1 && round < rounds) continue
      await until(
        `SEED=${seed}: after round ${round} all is known`,
        () =>
          `${story.slice(-12).join('\n')}\n${WATCHED.filter((one) => !isKnown(one))
            .map(shown)
            .join('\n')}`,
        () => WATCHED.every(isKnown),
      )
    }
    assert.deepEqual(notes, [])
    assert.ok(changes.length > 0)
    const before = changes.length
    await sleep(200)
    assert.equal(changes.length, before, 'it is quiet')

    function isKnown(name: string): boolean {
      return files.compare(dir.file(name)) === 'none'
    }

    function shown(name: string): string {
      const path = dir.file(name)
      const stands = existsSync(path) && lstatSync(dirname(path)).isDirectory()
      return `${relative(dir.path, path)}: ${stands ? readFileSync(path, 'utf8') : 'not there'}`
    }
  })
}

/** What is no longer there, or leads nowhere, is no harm. */
function tryTo(act: () => void): void {
  try {
    act()
  } catch {}
}
