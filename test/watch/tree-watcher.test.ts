/** Each change of content below a directory is told once, by events and by polling alike; nothing else is. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs'
import { relative } from 'node:path'
import { test } from 'node:test'
import { createFilter, type FilterRules } from '../../src/watch/filter/filter.ts'
import { type TreeOptions, watchTree } from '../../src/watch/tree-watcher.ts'
import { isAmong, watchesOf } from '../helpers/proc.ts'
import { seeded } from '../helpers/seeded.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { noLongerFresh, until } from '../helpers/until.ts'

interface Test {
  readonly after: (fn: () => unknown) => void
}

const WAYS = [
  { by: 'events', poll: false },
  { by: 'polling', poll: 20 },
] as const

interface Watched {
  /** Every change so far, as `modified a.js`, in the order they were told, sorted within one telling. */
  readonly told: string[]
  readonly tellings: string[][]
  readonly failures: string[]
  /** Waits until these are the changes since the last call, in whatever order and number of tellings. */
  readonly tells: (...changes: string[]) => Promise<void>
  /** Resolves when every file has been read once. */
  readonly known: Promise<void>
  readonly close: () => void
}

/** Watches, and waits until all files have been read. */
async function watched(
  t: Test,
  dir: TempDir,
  options: Partial<TreeOptions> & { readonly rules?: Partial<FilterRules>; readonly unread?: boolean } = {},
): Promise<Watched> {
  const tellings: string[][] = []
  const told: string[] = []
  const failures: string[] = []
  const { rules, unread, paths = [dir.path], ...more } = options
  const failed = ({ message }: Error) => void failures.push(message)
  const filter = createFilter({
    ...{ root: dir.path, paths, ignore: [], extensions: null, ignoreFiles: true, failed },
    ...rules,
  })
  const tree = watchTree({
    ...{ paths, filter, settle: null, poll: false, recursive: true, ignorePermissionDenied: false },
    onFailed: failed,
    onChange: (changes) => {
      tellings.push(changes.map(({ type, path }) => `${type} ${relative(dir.path, path)}`).sort())
      told.push(...(tellings.at(-1) ?? []))
    },
    onPolling: (why) => failures.push(`polling: ${why}`),
    ...more,
  })
  t.after(tree.close)
  if (unread !== true) await tree.known
  let at = 0
  const tells = async (...changes: string[]) => {
    const story = () => `told: ${told.join(', ')}\nfailures: ${failures.join(', ')}`
    await until(`${changes.join(', ')}`, story, () => told.length - at >= changes.length)
    assert.deepEqual(told.slice(at).sort(), changes.sort())
    at = told.length
  }
  return { told, tellings, failures, tells, known: tree.known, close: tree.close }
}

/** What went before counted for nothing: the next change is the only one that is told. */
async function nothingSoFar({ tells }: Watched, dir: TempDir, name = 'sentinel.js'): Promise<void> {
  dir.write(name, '1')
  await tells(`added ${name}`)
  dir.write(name, '2')
  await tells(`modified ${name}`)
}

for (const { by, poll } of WAYS) {
  test(`${by}: each change is told once, with its type`, async (t) => {
    const dir = tempDir(t, { 'a.js': 'a', 'deep/er/b.txt': 'b', 'c.js': 'c' })
    const tree = await watched(t, dir, { poll })
    dir.write('a.js', 'a2')
    await tree.tells('modified a.js')
    dir.replace('a.js', 'a3')
    await tree.tells('modified a.js')
    dir.write('deep/er/b.txt', 'b2')
    await tree.tells('modified deep/er/b.txt')
    dir.write('deep/new.txt', '')
    await tree.tells('added deep/new.txt')
    dir.write('deep/new.txt', 'filled')
    await tree.tells('modified deep/new.txt')
    dir.remove('c.js')
    await tree.tells('deleted c.js')
    dir.write('c.js', 'c')
    await tree.tells('added c.js')
    dir.write('a.js', 'a')
    await tree.tells('modified a.js')
    dir.remove('deep/new.txt')
    await tree.tells('deleted deep/new.txt')
    await nothingSoFar(tree, dir)
  })

  test(`${by}: a touch, the same bytes, what is put back, and files of editors are nothing`, async (t) => {
    const dir = tempDir(t, { 'a.js': 'a', 'b.js': 'b', 'src/c.js': 'c' })
    const tree = await watched(t, dir, { poll, settle: 100 })
    utimesSync(dir.file('a.js'), 1e9, 1e9)
    dir.replace('a.js', 'a')
    dir.write('b.js', 'other')
    dir.write('b.js', 'b')
    chmodSync(dir.file('b.js'), 0o755)
    renameSync(dir.file('src'), dir.file('src.old'))
    renameSync(dir.file('src.old'), dir.file('src'))
    for (const name of ['.a.js.swp', 'a.js~', '.git/index', 'node_modules/x.js', '__pycache__/a.pyc'])
      dir.write(name, 'x')
    await nothingSoFar(tree, dir)
    dir.write('src/c.js', 'c2')
    await tree.tells('modified src/c.js')
  })

  test(`${by}: directories that come later, with files in them, and go`, async (t) => {
    const dir = tempDir(t, { 'a.js': 'a', 'template/one.js': '1', 'template/deep/er/two.js': '2' })
    const tree = await watched(t, dir, { poll })
    cpSync(dir.file('template'), dir.file('copy'), { recursive: true })
    await tree.tells('added copy/one.js', 'added copy/deep/er/two.js')
    dir.write('copy/deep/er/two.js', '3')
    await tree.tells('modified copy/deep/er/two.js')
    renameSync(dir.file('copy'), dir.file('moved'))
    await tree.tells(
      ...['deleted copy/one.js', 'deleted copy/deep/er/two.js'],
      ...['added moved/one.js', 'added moved/deep/er/two.js'],
    )
    dir.write('moved/deep/er/two.js', '4')
    await tree.tells('modified moved/deep/er/two.js')
    dir.remove('moved')
    await tree.tells('deleted moved/one.js', 'deleted moved/deep/er/two.js')
    dir.write('moved/one.js', '1')
    await tree.tells('added moved/one.js')
    await nothingSoFar(tree, dir, 'moved/sentinel.js')
  })

  test(`${by}: a checkout is told at once`, async (t) => {
    const names = Array.from({ length: 60 }, (_, at) => `src/${at % 7}/${at}.js`)
    const dir = tempDir(t, Object.fromEntries(names.map((name) => [name, '1'])))
    const tree = await watched(t, dir, { poll })
    for (const name of names) dir.write(name, '2')
    await tree.tells(...names.map((name) => `modified ${name}`))
    assert.equal(tree.tellings.length, 1)
  })

  test(`${by}: files that do not become quiet are looked at after the limit`, async (t) => {
    const dir = tempDir(t, { 'a.js': '' })
    const tree = await watched(t, dir, { poll, settle: 60_000, limit: 50 })
    dir.write('a.js', '1')
    await tree.tells('modified a.js')
  })

  test(`${by}: what was changed before it could be read counts`, async (t) => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`src/${at}.js`, `${at}`]))
    const dir = tempDir(t, files)
    await noLongerFresh(dir.file('src/19.js'))
    const tree = await watched(t, dir, { poll, unread: true })
    dir.write('src/7.js', 'other')
    renameSync(dir.file('src'), dir.file('src.old'))
    renameSync(dir.file('src.old'), dir.file('src'))
    await tree.tells('modified src/7.js')
    await tree.known // of a file that nobody has read, a touch may be a change
    utimesSync(dir.file('src/8.js'), 1e9, 1e9)
    await nothingSoFar(tree, dir)
  })

  test(`${by}: files and directories by name, one that is not there, and two in one another`, async (t) => {
    const dir = tempDir(t, { 'one.txt': '1', 'other.txt': '1', 'src/a.js': 'a', 'src/in/b.js': 'b' })
    const paths = ['one.txt', 'src', 'src/in', 'later.txt', 'later/still'].map(dir.file)
    const tree = await watched(t, dir, { poll, paths, rules: { ignoreFiles: false } })
    dir.write('other.txt', '2')
    dir.write('one.txt', '2')
    await tree.tells('modified one.txt')
    dir.write('src/in/b.js', 'b2')
    await tree.tells('modified src/in/b.js')
    dir.write('later.txt', '1')
    await tree.tells('added later.txt')
    dir.write('later/other', '1')
    dir.write('later/still/c.js', '1')
    await tree.tells('added later/still/c.js')
    dir.remove('one.txt')
    await tree.tells('deleted one.txt')
    dir.replace('one.txt', '1')
    await tree.tells('added one.txt')
    await nothingSoFar(tree, dir, 'src/in/sentinel.js')
  })

  test(`${by}: not recursive, only the files of the directory itself`, async (t) => {
    const dir = tempDir(t, { 'a.js': 'a', 'sub/b.js': 'b', 'sub/named.js': 'n', 'other/c.js': 'c' })
    const paths = [dir.path, dir.file('sub/named.js')]
    const tree = await watched(t, dir, { poll, paths, recursive: false })
    assert.equal(inotify(dir)('other'), false)
    dir.write('sub/b.js', 'b2')
    dir.write('sub/new.js', '1')
    dir.write('new/c.js', '1')
    await nothingSoFar(tree, dir)
    dir.write('sub/named.js', 'n2')
    await tree.tells('modified sub/named.js')
  })

  test(`${by}: only what passes the filter`, async (t) => {
    const dir = tempDir(t, { 'a.js': 'a', '.gitignore': '*.log\nout/\n', 'a.log': '1', 'out/x.js': '1' })
    const rules: Partial<FilterRules> = {
      ignore: ['tmp'],
      extensions: ['js', 'log'],
      counts: (type, path) => type !== 'deleted' && !path.endsWith('quiet.js'),
    }
    const tree = await watched(t, dir, { poll, rules })
    for (const name of ['a.log', 'b.log', 'out/x.js', 'out/y.js', 'a.txt', 'tmp/a.js', 'quiet.js'])
      dir.write(name, '2')
    await nothingSoFar(tree, dir)
    dir.write('gone.js', '1')
    await tree.tells('added gone.js')
    dir.remove('gone.js')
    dir.write('a.js', '2')
    await tree.tells('modified a.js')
    dir.write('gone.js', '1')
    await tree.tells('added gone.js')
  })

  test(`${by}: ignore files that change: nothing is told of it, and the new rules count`, async (t) => {
    const dir = tempDir(t, {
      '.gitignore': 'out/\n*.log\n',
      'a.log': '1',
      'out/deep/x.js': '1',
      'lib/y.js': '1',
      'lib/z.js': '1',
    })
    const tree = await watched(t, dir, { poll })
    const isWatched = inotify(dir)
    assert.equal(isWatched('.'), poll === false)
    dir.write('.gitignore', '*.log\n')
    if (poll === false)
      await until(
        'out is watched',
        () => tree.told.join(),
        () => isWatched('out/deep'),
      )
    await nothingSoFar(tree, dir)
    dir.write('out/deep/x.js', '2')
    await tree.tells('modified out/deep/x.js')
    dir.write('lib/.gitignore', 'y.js\n')
    await nothingSoFar(tree, dir, 'one.js')
    dir.write('lib/y.js', '2')
    dir.write('lib/z.js', '2')
    await tree.tells('modified lib/z.js')
    dir.remove('.gitignore')
    await nothingSoFar(tree, dir, 'two.js')
    dir.write('a.log', '2')
    await tree.tells('modified a.log')
    dir.write('.reloadignore', '^lib/\n')
    if (poll === false)
      await until(
        'lib is left',
        () => tree.told.join(),
        () => !isWatched('lib'),
      )
    await nothingSoFar(tree, dir, 'three.js')
    dir.write('lib/z.js', '3')
    await nothingSoFar(tree, dir, 'four.js')
    dir.write('.reloadignore', '(\n^lib/\n')
    await until(
      'the error',
      () => tree.told.join(),
      () => tree.failures.length > 0,
    )
    assert.match(tree.failures.join(), /\.reloadignore:1: \( is not a regular expression/)
    dir.write('lib/z.js', '4')
    await nothingSoFar(tree, dir, 'five.js')
  })

  test(`${by}: an ignore file above what is watched changes`, async (t) => {
    const dir = tempDir(t, { '.git/HEAD': '', 'app/a.log': '1', 'app/b.js': '1' })
    const tree = await watched(t, dir, { poll, paths: [dir.file('app')], rules: { root: dir.file('app') } })
    dir.write('app/a.log', '2')
    await tree.tells('modified app/a.log')
    dir.write('.gitignore', '*.log\n')
    await nothingSoFar(tree, dir, 'app/s.js')
    dir.write('app/a.log', '3')
    await nothingSoFar(tree, dir, 'app/t.js')
    dir.remove('.gitignore')
    await nothingSoFar(tree, dir, 'app/u.js')
    utimesSync(dir.file('app/a.log'), 1e9, 1e9)
    await nothingSoFar(tree, dir, 'app/v.js')
    dir.write('app/a.log', '4')
    await tree.tells('modified app/a.log')
  })

  test(`${by}: files that come together with new rules are told, if the old ones let them through, too`, async (t) => {
    const dir = tempDir(t, { '.gitignore': '*.log\n', 'a.js': '1', 'a.log': '1' })
    const tree = await watched(t, dir, { poll, settle: 100 })
    dir.write('a.tmp', '1')
    dir.write('.gitignore', '*.tmp\n')
    dir.write('b.js', '1')
    dir.write('b.tmp', '1')
    dir.write('a.js', '2')
    await tree.tells('added b.js', 'modified a.js')
    await nothingSoFar(tree, dir)
  })

  test(`${by}: a directory without permission is an error, or passed over`, async (t) => {
    const dir = tempDir(t, { 'a.js': '1', 'secret/b.js': '1' })
    chmodSync(dir.path, 0o777)
    chmodSync(dir.file('secret'), 0)
    await asNobody(async () => {
      await assert.rejects(watched(t, dir, { poll }), { message: /no permission .*\/secret$/ })
      const tree = await watched(t, dir, { poll, ignorePermissionDenied: true })
      await nothingSoFar(tree, dir)
      assert.deepEqual(tree.failures, [])
      dir.remove('sentinel.js')
      await tree.tells('deleted sentinel.js')
    })
    chmodSync(dir.file('secret'), 0o755)
    const tree = await watched(t, dir, { poll })
    await asNobody(async () => {
      mkdirSync(dir.file('later'), 0)
      await until(
        'the error',
        () => tree.told.join(),
        () => tree.failures.length > 0,
      )
      assert.deepEqual(tree.failures, [`no permission to read the directory ${dir.file('later')}`])
      chmodSync(dir.file('later'), 0o755)
      dir.write('later/c.js', '1')
      await tree.tells('added later/c.js')
      dir.write('later/c.js', '2')
      await tree.tells('modified later/c.js')
    })
  })

  test(`${by}: what disappears during the walk harms nothing`, async (t) => {
    const dir = tempDir(t, { 'a.js': '1', 'b/one/x.js': '1', 'c/two/y.js': '1', 'd/z.js': '1' })
    const gone = new Set(['b', 'c/two', 'd/z.js', 'later/gone'].map(dir.file))
    const filter = createFilter({ root: dir.path, ignore: [], extensions: null, ignoreFiles: true })
    const removing = (ask: (path: string) => boolean) => (path: string) => {
      const answer = ask(path)
      if (gone.has(path)) rmSync(path, { recursive: true, force: true })
      return answer
    }
    const tree = await watched(t, dir, {
      poll,
      filter: { ...filter, enters: removing(filter.enters), passes: removing(filter.passes) },
    })
    dir.write('later/gone/x.js', '1')
    await nothingSoFar(tree, dir)
    gone.clear()
    dir.write('b/one/x.js', '2')
    await tree.tells('added b/one/x.js')
    dir.write('c/two/y.js', '2')
    dir.write('d/z.js', '2')
    await tree.tells('added c/two/y.js', 'added d/z.js')
    assert.deepEqual(tree.failures, [])
  })

  test(`${by}: pipes, links in a circle and links to directories`, async (t) => {
    const dir = tempDir(t, { 'real/a.js': '1', 'b.js': '1' })
    execFileSync('mkfifo', [dir.file('pipe')])
    symlinkSync('.', dir.file('circle'), 'dir')
    symlinkSync('b.js', dir.file('link.js'))
    const tree = await watched(t, dir, { poll })
    execFileSync('mkfifo', [dir.file('pipe2')])
    await nothingSoFar(tree, dir)
    dir.write('real/a.js', '2')
    await tree.tells('modified real/a.js')
  })

  test(`${by}: a link to a directory counts by where it leads, and is not entered`, async (t) => {
    const dir = tempDir(t, { 'app/b.js': '1', 'releases/1/a.js': '1', 'releases/2/a.js': '1' })
    const relink = (target: string) => {
      symlinkSync(target, dir.file('new'))
      renameSync(dir.file('new'), dir.file('app/current'))
    }
    relink('../releases/1')
    const tree = await watched(t, dir, { poll, paths: [dir.file('app')] })
    const nothing = async (name: string) => {
      dir.write(`app/${name}`, '1')
      await tree.tells(`added app/${name}`)
    }
    dir.write('releases/1/a.js', '2')
    relink('../releases/../releases/1')
    await nothing('one.js')
    relink('../releases/2')
    await tree.tells('modified app/current')
    relink('../releases/none')
    await tree.tells('deleted app/current')
    relink('../releases/2')
    await tree.tells('added app/current')
    relink('b.js')
    await tree.tells('modified app/current')
    dir.write('app/b.js', '2')
    await tree.tells('modified app/b.js', 'modified app/current')
    rmSync(dir.file('app/current'))
    await tree.tells('deleted app/current')
    symlinkSync('../releases/1', dir.file('app/another'))
    await tree.tells('added app/another')
    symlinkSync('../releases/1', dir.file('releases/same'))
    renameSync(dir.file('releases/same'), dir.file('app/another'))
    await nothing('two.js')
  })

  test(`${by}: the content of large files decides, too`, async (t) => {
    const dir = tempDir(t, { 'large.bin': '' })
    truncateSync(dir.file('large.bin'), 20 * 1024 * 1024)
    const tree = await watched(t, dir, { poll })
    utimesSync(dir.file('large.bin'), 1e9, 1e9)
    await nothingSoFar(tree, dir, 'one.js')
    truncateSync(dir.file('large.bin'), 20 * 1024 * 1024 + 1)
    await tree.tells('modified large.bin')
    utimesSync(dir.file('large.bin'), 1e9, 1e9)
    await nothingSoFar(tree, dir, 'two.js')
    truncateSync(dir.file('large.bin'), 1)
    await tree.tells('modified large.bin')
    utimesSync(dir.file('large.bin'), 1e9, 1e9)
    await nothingSoFar(tree, dir)
  })

  test(`${by}: nothing is told after close()`, async (t) => {
    const dir = tempDir(t, { 'a.js': '1' })
    // Far apart: a machine that stands still must not make the first as late as the second.
    const closed = await watched(t, dir, { poll, settle: 1500 })
    const early = await watched(t, dir, { poll, settle: 20 })
    const late = await watched(t, dir, { poll, settle: 2000 })
    dir.write('a.js', '2')
    await early.tells('modified a.js')
    closed.close() // it has seen the change, too
    dir.write('b.js', '2')
    await late.tells('modified a.js', 'added b.js')
    assert.deepEqual(closed.told, [])
  })

  test(`${by}: random edits: what was told is how the tree has become`, async (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
    t.diagnostic(`SEED=${seed}`)
    const next = seeded(seed)
    const below = (limit: number) => Math.floor(next() * limit)
    const dir = tempDir(t, { 'a/one.js': 'v0', 'a/b/two.js': 'v0', 'c/three.js': 'v0' })
    const tree = await watched(t, dir, { poll })
    /** Which files there are, by what was told. */
    const known = new Set(['a/one.js', 'a/b/two.js', 'c/three.js'])
    const places = ['a/one.js', 'a/b/two.js', 'c/three.js', 'c/d/four.js', 'e/five.js']
    const exists = (name: string) => statSync(dir.file(name), { throwIfNoEntry: false }) !== undefined
    for (let round = 1; round <= 40; round += 1) {
      const name = places[below(places.length)] as string
      const folder = name.slice(0, 1)
      const action = below(5)
      if (action <= 1) dir.write(name, `v${round}`)
      if (action === 2) dir.replace(name, `v${round}`)
      if (action === 3 && exists(name)) dir.remove(name)
      if (action === 4 && exists(folder)) {
        cpSync(dir.file(folder), dir.file(`${folder}.tmp`), { recursive: true })
        dir.remove(folder)
        renameSync(dir.file(`${folder}.tmp`), dir.file(folder))
      }
      if (below(3) > 0) continue
      const mark = `mark${round}.js`
      dir.write(mark, 'x')
      await until(
        `SEED=${seed}: ${mark}`,
        () => tree.told.join('\n'),
        () => tree.told.includes(`added ${mark}`),
      )
    }
    dir.write('last.js', 'x')
    const story = () => `SEED=${seed}\n${tree.told.join('\n')}`
    await until('the last', story, () => tree.told.includes('added last.js'))
    for (const change of tree.told) {
      const [type = '', name = ''] = change.split(' ')
      if (name.startsWith('mark') || name === 'last.js' || name.endsWith('.new') || name.includes('.tmp'))
        continue
      assert.equal(known.has(name), type !== 'added', story())
      if (type === 'added') known.add(name)
      if (type === 'deleted') known.delete(name)
    }
    assert.deepEqual([...known].sort(), places.filter(exists).sort(), story())
  })
}

test('a watch for each directory that is looked into, and none for others', async (t) => {
  const dir = tempDir(t, { '.gitignore': 'out/\n', 'src/a.js': '', 'src/deep/b.js': '' })
  for (const name of ['out/a/b', 'node_modules/pkg/lib', '.git/objects', 'src/__pycache__'])
    mkdirSync(dir.file(name), { recursive: true })
  await watched(t, dir)
  const isWatched = inotify(dir)
  const watches = readdirSync(dir.path, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !name.includes('exit75/') && statSync(dir.file(name)).isDirectory() && isWatched(name),
  )
  assert.deepEqual(watches.sort(), ['src', 'src/deep'])
})

/** Root may read everything. */
async function asNobody(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.('nobody')
  try {
    await act()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

/** What this process watches (Linux). */
function inotify(dir: TempDir): (name: string) => boolean {
  return (name) => isAmong(watchesOf(process.pid), dir.file(name))
}
