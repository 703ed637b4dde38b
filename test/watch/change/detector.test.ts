/** No edit is lost; one burst is one restart; nothing restarts without a change of content. */
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Change } from '../../../src/protocol/change.ts'
import { createChangeDetector } from '../../../src/watch/change/detector.ts'
import { quietForApp } from '../../../src/watch/change/quiet.ts'
import { createSnapshot } from '../../../src/watch/files/snapshot.ts'
import { stampOf } from '../../../src/watch/files/stamp.ts'
import { onlyTheNextEditCounts, version } from '../../helpers/app.ts'
import { AND_EARLY, generations, IN_MEMORY } from '../../helpers/generations.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'

/** Ways to change the text of version.js. */
const EDITS: Record<string, (dir: TempDir, text: string) => void> = {
  'in place, same size and time': (dir, text) => {
    const { atime, mtime, size } = statSync(dir.file('version.js'))
    dir.write('version.js', text)
    utimesSync(dir.file('version.js'), atime, mtime)
    assert.equal(statSync(dir.file('version.js')).size, size)
    assert.equal(statSync(dir.file('version.js')).mtimeMs, mtime.getTime())
  },
  'in place': (dir, text) => dir.write('version.js', text),
  'rename over it': (dir, text) => dir.replace('version.js', text),
  'rename over it, older': (dir, text) => {
    dir.write('new.js', text)
    utimesSync(dir.file('new.js'), 1e9, 1e9)
    renameSync(dir.file('new.js'), dir.file('version.js'))
  },
  'in place, older': (dir, text) => {
    dir.write('version.js', text)
    utimesSync(dir.file('version.js'), 1e9, 1e9)
  },
  'moved away, and another put in its place': (dir, text) => {
    renameSync(dir.file('version.js'), dir.file('version.old.js'))
    dir.write('version.js', text)
  },
}

const COUNT = 300

for (const { by, ...options } of AND_EARLY) {
  test(`${by}: an edit counts`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('last1') })
    // A time without fractions can be set again exactly.
    utimesSync(dir.file('version.js'), 1.6e9, 1.6e9)
    const app = generations(t, dir, options)
    await app.says('ready 1 last1 []')
    for (const [how, edit] of Object.entries(EDITS)) {
      await t.test(how, async () => {
        const generation = app.count('ready')
        if (by === 'events') await app.atRest()
        edit(dir, version(`edit${generation}`))
        await app.says(`ready ${generation + 1} edit${generation} [modified version.js]`)
        await onlyTheNextEditCounts(app, dir, generation + 2)
        assert.equal(app.count('ready'), generation + 2)
      })
    }
  })
}

for (const { by, ...options } of IN_MEMORY) {
  test(`${by}: delete, and put back a little later, is one restart`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a') })
    const app = generations(t, dir, options)
    await app.says('ready 1 a []')
    await app.atRest()
    dir.remove('version.js')
    await sleep(200)
    dir.write('version.js', version('b'))
    await app.says('ready 2 b [modified version.js]')
    await onlyTheNextEditCounts(app, dir, 3)
  })

  for (const [how, act] of [
    ['stays away', (dir: TempDir) => dir.remove('version.js')],
    [
      'was renamed to its backup',
      (dir: TempDir) => renameSync(dir.file('version.js'), dir.file('version.js~')),
    ],
  ] as const) {
    test(`${by}: a file that ${how} counts as deleted, and as added when it comes back`, async (t) => {
      const dir = tempDir(t, { 'version.js': version('a') })
      const app = generations(t, dir, options)
      await app.says('ready 1 a []')
      await app.atRest()
      act(dir)
      await app.says('ready 2 none [deleted version.js]')
      dir.write('version.js', version('b'))
      await app.says('ready 3 b [added version.js]')
    })
  }

  test(`${by}: renamed over twice, three times, then saved in place`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a') })
    const app = generations(t, dir, options)
    await app.says('ready 1 a []')
    for (const [at, name] of ['b', 'c', 'd'].entries()) {
      dir.replace('version.js', version(name))
      await app.says(`ready ${at + 2} ${name} [modified version.js]`)
    }
    dir.write('version.js', version('e'))
    await app.says('ready 5 e [modified version.js]')
    for (const name of ['f', 'g', 'h']) dir.replace('version.js', version(name))
    await app.says('ready 6 h [modified version.js]')
    await onlyTheNextEditCounts(app, dir, 7)
    assert.equal(app.count('ready'), 7)
  })

  test(`${by}: ten saves in half a second: the last one runs, after few restarts`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a') })
    const app = generations(t, dir, options)
    await app.says('ready 1 a []')
    for (let save = 1; save <= 10; save += 1) {
      dir.write('version.js', version(`save${save}`))
      await sleep(50)
    }
    const [, generation] = await app.says(/^ready (\d+) save10 \[modified version.js\]/)
    // Undisturbed it is 4; each save that comes late may be one more.
    assert.ok(Number(generation) <= 7, `${generation} generations for ten saves`)
    await onlyTheNextEditCounts(app, dir, Number(generation) + 1)
  })

  test(`${by}: ${COUNT} files saved at once are one restart`, async (t) => {
    const dir = tempDir(t, { ...manyModules(1), 'version.js': version('a') })
    const app = generations(t, dir, { ...options, ...addingUp(dir) })
    await app.says(`ready 1 ${COUNT} []`)
    const files = Object.entries(manyModules(2))
    const save = (from: number, to: number) => {
      for (const [name, content] of files.slice(from, to)) dir.write(name, content)
    }
    // A writer that is held up after its first file would be answered by a restart of its own.
    save(0, 10)
    let longest = 0
    for (let at = 10; at < files.length; at += 10) {
      const began = performance.now()
      await sleep(5)
      save(at, at + 10)
      longest = Math.max(longest, performance.now() - began)
    }
    if (longest > 40) {
      t.diagnostic(`the writer was held up for ${Math.round(longest)} ms: this was not a burst`)
      await app.says(new RegExp(`^ready \\d+ ${2 * COUNT} `))
      return
    }
    await app.says(`ready 2 ${2 * COUNT} [modified m0.js, modified m1.js, modified m10.js and 297 more]`)
    dir.write('version.js', version('b'))
    await app.says(`ready 3 ${2 * COUNT} [modified version.js]`)
  })
}

test('a checkout of another branch is one restart', async (t) => {
  const dir = tempDir(t, {
    ...manyModules(1),
    'version.js': version('a'),
    '.gitignore': 'node_modules\nversion.js\n',
  })
  const asSomeone = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
  const options = { cwd: dir.path, env: { PATH: process.env.PATH, HOME: dir.path } }
  const git = (...args: string[]) =>
    execFileSync('git', [...asSomeone, ...args], { ...options, stdio: 'pipe' })
  const commit = () => {
    git('add', '--all')
    git('commit', '--quiet', '--message', 'state')
  }
  git('init', '--quiet', '--initial-branch', 'one')
  commit()
  git('checkout', '--quiet', '-b', 'two')
  for (const [name, content] of Object.entries(manyModules(2, COUNT - 1))) dir.write(name, content)
  dir.remove(`many/m${COUNT - 1}.js`)
  commit()

  for (const { by, ...options } of IN_MEMORY) {
    await t.test(by, async (t) => {
      git('checkout', '--quiet', 'one')
      const app = generations(t, dir, { ...options, ...addingUp(dir) })
      await app.says(`ready 1 ${COUNT} []`)
      await gitMeanwhile('checkout', '--quiet', 'two')
      await app.says(
        `ready 2 ${2 * COUNT - 2} [deleted m299.js, modified m0.js, modified m1.js and 297 more]`,
      )
      await app.atRest()
      // There and back again, before anything is decided: nothing has changed.
      git('checkout', '--quiet', 'one')
      git('checkout', '--quiet', 'two')
      await app.atRest()
      dir.write('version.js', version(by))
      await app.says(`ready 3 ${2 * COUNT - 2} [modified version.js]`)
    })
  }

  /** The watchers go on while it works. */
  function gitMeanwhile(...args: string[]): Promise<unknown> {
    return promisify(execFile)('git', args, options)
  }
})

/** Modules of one number each, and a program that adds them up. */
const manyModules = (value: number, count = COUNT): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`many/m${at}.js`, `export const m${at} = ${value}\n`]),
  )

function addingUp(dir: TempDir) {
  const modules = Object.keys(manyModules(1))
  const numberIn = (name: string) =>
    existsSync(dir.file(name)) ? Number(/\d+$/m.exec(readFileSync(dir.file(name), 'utf8'))) : 0
  return {
    loaded: ['version.js', ...modules],
    word: () => `${modules.reduce((sum, name) => sum + numberIn(name), 0)}`,
  }
}

for (const [what, files, lock] of [
  ['a repository', { '.git/HEAD': '' }, '.git/index.lock'],
  [
    'a linked worktree',
    { '.git': 'gitdir: elsewhere/one\n', 'elsewhere/one/HEAD': '' },
    'elsewhere/one/index.lock',
  ],
] as const) {
  test(`in ${what}: nothing is decided while git holds its lock`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a'), ...files })
    const app = generations(t, dir)
    await app.says('ready 1 a []')
    dir.write(lock, '')
    dir.write('version.js', version('b'))
    await sleep(200) // nothing happens that could be waited for
    assert.equal(app.count('ready'), 1)
    dir.write('version.js', version('c'))
    dir.remove(lock)
    await app.says('ready 2 c [modified version.js]')
    assert.equal(app.count('ready'), 2)
  })
}

/** What must not restart, while version.js holds this text. */
const NO_CHANGES: Record<string, (dir: TempDir, text: string) => void> = {
  touch: (dir) => utimesSync(dir.file('version.js'), new Date(), new Date()),
  'touch with an older time': (dir) => utimesSync(dir.file('version.js'), 1e9, 1e9),
  chmod: (dir) => chmodSync(dir.file('version.js'), 0o600),
  'the same text in place': (dir, text) => dir.write('version.js', text),
  'the same text by rename': (dir, text) => dir.replace('version.js', text),
  'deleted and put back as it was': (dir) => {
    const text = readFileSync(dir.file('version.js'))
    unlinkSync(dir.file('version.js'))
    writeFileSync(dir.file('version.js'), text)
  },
  'moved away and back': (dir) => {
    renameSync(dir.file('version.js'), dir.file('elsewhere.js'))
    renameSync(dir.file('elsewhere.js'), dir.file('version.js'))
  },
  "an editor's own files": (dir) => {
    const names = '.version.js.swp .version.js.swx version.js~ .#version.js #version.js# 4913'.split(' ')
    for (const name of names) dir.write(name, version('x'))
    for (const name of names) dir.remove(name)
  },
  'deleted, put back, and deleted and put back again': (dir, text) => {
    for (let round = 0; round < 2; round += 1) {
      dir.remove('version.js')
      dir.replace('version.js', text)
    }
  },
  'a loaded file with a copy beside it': (dir, text) => {
    dir.write('version.js~', text)
    dir.replace('version.js', text)
  },
  'files that nobody loaded': (dir) => {
    dir.write('unloaded.js', version('x'))
    dir.write('version.ts', version('x'))
    dir.write('version.test.js', version('x'))
    dir.write('deep/below/unloaded.js', version('x'))
    dir.write('node_modules/package/index.js', version('x'))
    dir.remove('deep')
  },
  'the package.json': (dir) => dir.write('package.json', '{"type":"module","version":"2.0.0"}'),
}

for (const { by, ...options } of AND_EARLY) {
  test(`${by}: no restart without a change of what was loaded`, async (t) => {
    const dir = tempDir(t, { 'version.js': version('a'), 'unloaded.js': version('old') })
    const app = generations(t, dir, options)
    await app.says('ready 1 a []')
    for (const [how, act] of Object.entries(NO_CHANGES)) {
      await t.test(how, async () => {
        const generation = app.count('ready')
        if (by === 'events') await app.atRest()
        act(dir, readFileSync(dir.file('version.js'), 'utf8'))
        await app.atRest()
        await onlyTheNextEditCounts(app, dir, generation + 1)
        assert.equal(app.count('ready'), generation + 1)
      })
    }
  })
}

test('an edit taken back before anything is decided restarts nothing', async (t) => {
  const dir = tempDir(t, { 'version.js': version('a') })
  const app = generations(t, dir, { settle: 200 })
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await sleep(50)
  dir.write('version.js', version('a'))
  await app.atRest()
  await onlyTheNextEditCounts(app, dir)
})

test('a file that was emptied is waited for, and one that stays empty counts', async (t) => {
  const dir = tempDir(t, { 'version.js': version('a') })
  const app = generations(t, dir)
  await app.says('ready 1 a []')
  dir.write('version.js', '')
  await sleep(100)
  dir.write('version.js', version('a'))
  await app.atRest()
  dir.write('version.js', '')
  await app.says('ready 2 nothing [modified version.js]')
  dir.write('version.js', version('filled'))
  await app.says('ready 3 filled [modified version.js]')
})

test('what is declared again and again is not declared twice for two events of one save', async (t) => {
  const dir = tempDir(t, { 'a.js': '1' })
  const path = dir.file('a.js')
  const files = createSnapshot({ verifySyntax: false })
  const declared: (readonly Change[])[] = []
  const judging = createChangeDetector({
    files,
    quiet: quietForApp({ settle: 0 }),
    repeats: true,
    onChange: (changes) => declared.push(changes),
  })
  const looked = async () => {
    judging.touched(path)
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    return declared.length
  }
  files.add({ path, stamp: stampOf(path) }, 'loaded')
  dir.write('a.js', '2')
  assert.deepEqual([await looked(), await looked()], [1, 1])
  dir.write('a.js', '3')
  assert.deepEqual([await looked(), await looked()], [2, 2])
  dir.write('a.js', '1') // as it was loaded
  assert.equal(await looked(), 2)
  dir.write('a.js', '3')
  assert.equal(await looked(), 3)
})
