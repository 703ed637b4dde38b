/** No edit is lost at any instant; one burst is one restart; nothing restarts without a change of content. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
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
import type { Change } from '../../../src/protocol/change.ts'
import { createChangeDetector } from '../../../src/watch/change/detector.ts'
import { quietForApp } from '../../../src/watch/change/quiet.ts'
import { createSnapshot } from '../../../src/watch/files/snapshot.ts'
import { stampOf } from '../../../src/watch/files/stamp.ts'
import { appFiles, onlyTheNextEditCounts, startApp, untilWatched, version, WAYS } from '../../helpers/app.ts'
import { atOnce } from '../../helpers/start.ts'
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

for (const { by, options } of [...WAYS, { by: 'events, before they are there', options: {} }]) {
  test(`${by}: an edit counts`, async (t) => {
    const dir = tempDir(t, appFiles({ 'version.js': version('last1') }))
    // A time without fractions can be set again exactly.
    utimesSync(dir.file('version.js'), 1.6e9, 1.6e9)
    const app = startApp(t, dir, { options })
    await app.says('ready 1 last1 []')
    for (const [how, edit] of Object.entries(EDITS)) {
      await t.test(how, async () => {
        const generation = app.count('ready')
        if (by === 'events') await untilWatched(app, dir.path)
        edit(dir, version(`edit${generation}`))
        await app.says(`ready ${generation + 1} edit${generation} [modified version.js]`)
        await onlyTheNextEditCounts(app, dir, generation + 2)
        assert.equal(app.count('ready'), generation + 2)
      })
    }
  })
}

for (const { by, options } of WAYS) {
  test(`${by}: delete, and put back a little later, is one restart`, async (t) => {
    const dir = tempDir(t, appFiles())
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    if (by === 'events') await untilWatched(app, dir.path)
    dir.remove('version.js')
    await sleep(200)
    dir.write('version.js', version('b'))
    await app.says('ready 2 b [modified version.js]')
    await onlyTheNextEditCounts(app, dir, 3)
  })

  test(`${by}: a file that stays away counts as deleted`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(await import('./version.js').then(({ version }) => version, () => 'none'))
`,
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    dir.remove('version.js')
    await app.says('ready 2 none [deleted version.js]')
  })

  test(`${by}: a file that was renamed to its backup counts as deleted`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(await import('./version.js').then(({ version }) => version, () => 'none'))
`,
      }),
    )
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    if (by === 'events') await untilWatched(app, dir.path)
    renameSync(dir.file('version.js'), dir.file('version.js~'))
    await app.says('ready 2 none [deleted version.js]')
  })

  test(`${by}: renamed over twice, three times, then saved in place`, async (t) => {
    const dir = tempDir(t, appFiles())
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    for (const [at, name] of ['b', 'c', 'd'].entries()) {
      dir.replace('version.js', version(name))
      await app.says(`ready ${at + 2} ${name} [modified version.js]`)
    }
    dir.write('version.js', version('e'))
    await app.says('ready 5 e [modified version.js]')
    assert.equal(app.count('ready'), 5)
  })
}

test('renamed over three times at once', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  for (const name of ['b', 'c', 'd']) dir.replace('version.js', version(name))
  await app.says('ready 2 d [modified version.js]')
  await onlyTheNextEditCounts(app, dir, 3)
})

test('an edit before the watcher thread is up, and before the first statement of the app', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { version } from './version.js'
import './edit.js'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(version)
`,
      // Once for each way to hide the edit: after version.js was read, and at once.
      'edit.js': `
import { statSync, utimesSync, writeFileSync } from 'node:fs'
import { CHILD, generation } from 'exit75'
const edits = [
  () => writeFileSync('version.js', "export const version = 'b'\\n"),
  () => {
    const { atime, mtime } = statSync('version.js')
    writeFileSync('version.js', "export const version = 'c'\\n")
    utimesSync('version.js', atime, mtime)
  },
  () => writeFileSync('version.js', "export const version = 'd'\\n"),
]
if (CHILD) edits[generation - 1]?.()
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  await app.says('ready 2 b [modified version.js]')
  await app.says('ready 3 c [modified version.js]')
  await app.says('ready 4 d [modified version.js]')
})

const BOOTS = {
  'synchronous boot': "if (generation < 3) halt('boot' + generation)",
  'asynchronous boot': "if (generation < 3) await haltAsync('boot' + generation)",
}

for (const [boot, code] of Object.entries(BOOTS)) {
  test(`an edit in the middle of a ${boot}`, async (t) => {
    const dir = tempDir(
      t,
      appFiles({
        'app.js': `
import { generation, PARENT } from 'exit75'
import { halt, haltAsync, launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else {
  ${code}
  await run(version)
}
`,
      }),
    )
    const app = startApp(t, dir)
    await app.says('boot1')
    dir.write('version.js', version('b'))
    dir.write('boot1', '')
    await app.says('ready 1 a []')
    await app.says('boot2')
    dir.replace('version.js', version('c'))
    dir.write('boot2', '')
    await app.says('ready 2 b [modified version.js]')
    await app.says('ready 3 c [modified version.js]')
    await onlyTheNextEditCounts(app, dir, 4)
  })
}

test('an edit while a module further down is still being loaded', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { version } from './version.js'
import './slow.js'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(version)
`,
      'slow.js': `
import { generation } from 'exit75'
import { halt } from './kit.mjs'
if (generation === 1) halt('loading')
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('loading')
  dir.write('version.js', version('b'))
  dir.write('loading', '')
  await app.says('ready 1 a []')
  await app.says('ready 2 b [modified version.js]')
  await onlyTheNextEditCounts(app, dir, 3)
})

test('edits right after the ready line, many times', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  for (let generation = 2; generation <= 12; generation += 1) {
    const save = generation % 2 ? dir.write : dir.replace
    save('version.js', version(`v${generation}`))
    await app.says(`ready ${generation} v${generation} [modified version.js]`)
  }
  assert.equal(app.count('ready'), 12)
})

test('an edit during a slow shutdown is in the next child, and restarts nothing more', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { generation, PARENT } from 'exit75'
import { haltAsync, launch, run } from './kit.mjs'
import { version } from './version.js'
if (PARENT) launch()
else await run(version, () => generation === 1 && haltAsync('leaving'))
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await app.says('leaving')
  dir.write('version.js', version('c'))
  dir.write('leaving', '')
  await app.says('ready 2 c [modified version.js]')
  await onlyTheNextEditCounts(app, dir, 3)
})

test('ten saves in half a second: the last one runs, after few restarts', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = startApp(t, dir)
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

const COUNT = 300
/** Modules of one number each, and one that adds them up. */
function manyModules(value: number, count = COUNT): Record<string, string> {
  const names = Array.from({ length: count }, (_, at) => `m${at}`)
  const modules = names.map((name) => [`many/${name}.js`, `export const ${name} = ${value}\n`])
  const imports = names.map((name) => `import { ${name} } from './many/${name}.js'`)
  return {
    ...Object.fromEntries(modules),
    'version.js': `${imports.join('\n')}\nexport const version = ${names.join(' + ')}\n`,
  }
}

for (const { by, options } of WAYS) {
  test(`${by}: ${COUNT} files saved at once are one restart`, async (t) => {
    const dir = tempDir(t, appFiles(manyModules(1)))
    const app = startApp(t, dir, { options })
    await app.says(`ready 1 ${COUNT} []`)
    const files = Object.entries(manyModules(2)).filter(([name]) => name !== 'version.js')
    const save = (from: number, to?: number) => {
      for (const [name, content] of files.slice(from, to)) dir.write(name, content)
    }
    // A writer that is held up after its first file would be answered by a restart of its own.
    atOnce(app, () => save(0, 10))
    let longest = 0
    for (let at = 10; at < files.length; at += 29) {
      const began = performance.now()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      save(at, at + 29)
      longest = Math.max(longest, performance.now() - began)
    }
    if (longest > 40) {
      t.diagnostic(`the writer was held up for ${Math.round(longest)} ms: this was no burst`)
      await app.says(new RegExp(`^ready \\d+ ${2 * COUNT} `))
      return
    }
    await app.says(`ready 2 ${2 * COUNT} [modified m0.js, modified m1.js, modified m10.js and 297 more]`)
    await onlyTheNextEditCounts(app, dir, 3)
  })

  test(`${by}: a checkout of another branch is one restart`, async (t) => {
    const dir = tempDir(t, { ...appFiles(manyModules(1)), '.gitignore': 'node_modules\n' })
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: dir.path,
        stdio: 'pipe',
        env: { PATH: process.env.PATH, HOME: dir.path },
      })
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
    git('checkout', '--quiet', 'one')

    const app = startApp(t, dir, { options })
    await app.says(`ready 1 ${COUNT} []`)
    git('checkout', '--quiet', 'two')
    await app.says(`ready 2 ${2 * COUNT - 2} [deleted m299.js, modified m0.js, modified m1.js and 298 more]`)
    // There and back again, before anything is decided: nothing has changed.
    atOnce(app, () => {
      git('checkout', '--quiet', 'one')
      git('checkout', '--quiet', 'two')
    })
    await onlyTheNextEditCounts(app, dir, 3)
  })
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
    const dir = tempDir(t, { ...appFiles(), ...files })
    const app = startApp(t, dir, { env: { EXIT75_LOG: 'debug' } })
    await app.says('ready 1 a []')
    dir.write(lock, '')
    dir.write('version.js', version('b'))
    await sleep(300) // nothing happens that could be waited for
    assert.equal(app.count(/\[exit75\].* asking the app to exit/), 0)
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

for (const { by, options } of [...WAYS, { by: 'events, before they are there', options: {} }]) {
  test(`${by}: no restart without a change of what was loaded`, async (t) => {
    const dir = tempDir(t, appFiles({ 'unloaded.js': version('old') }))
    const app = startApp(t, dir, { options })
    await app.says('ready 1 a []')
    for (const [how, act] of Object.entries(NO_CHANGES)) {
      await t.test(how, async () => {
        const generation = app.count('ready')
        if (by === 'events') await untilWatched(app, dir.path)
        act(dir, readFileSync(dir.file('version.js'), 'utf8'))
        // Long enough to be acted on, were it taken for a change: what follows then shows it.
        await sleep(150)
        await onlyTheNextEditCounts(app, dir, generation + 1)
        assert.equal(app.count('ready'), generation + 1)
      })
    }
  })
}

test('an edit taken back right after the load restarts nothing, with a booting thread and a running one', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  const { version } = await import('./version.js')
  const loaded = readFileSync('word.cjs')
  const word = require('./word.cjs')
  writeFileSync('word.cjs', 'module.exports = "something else"')
  writeFileSync('word.cjs', loaded)
  await run(version + word)
}
`,
      'word.cjs': 'module.exports = "w"',
    }),
  )
  // Or a look between the two writes would find a change that there is.
  const app = startApp(t, dir, { options: { settle: 100 } })
  for (const [at, name] of ['aw', 'bw', 'cw', 'dw'].entries()) {
    await app.says(`ready ${at + 1} ${name} [${at === 0 ? '' : 'modified version.js'}]`)
    await sleep(150)
    dir.write('version.js', version('bcd'[at] ?? 'e'))
  }
})

test('an edit taken back before anything is decided restarts nothing', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = startApp(t, dir, { options: { settle: 500 } })
  await app.says('ready 1 a []')
  dir.write('version.js', version('b'))
  await sleep(50)
  dir.write('version.js', version('a'))
  await onlyTheNextEditCounts(app, dir)
})

test('a file that was emptied is waited for, and one that stays empty counts', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(Object.keys(await import('./version.js')).join() || 'nothing')
`,
    }),
  )
  const app = startApp(t, dir)
  await app.says('ready 1 version []')
  dir.write('version.js', '')
  await sleep(100)
  dir.write('version.js', version('a'))
  dir.write('version.js', '')
  await app.says('ready 2 nothing [modified version.js]')
  dir.write('version.js', 'export const filled = 1\n')
  await app.says('ready 3 filled [modified version.js]')
  assert.ok(existsSync(dir.file('version.js')))
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
