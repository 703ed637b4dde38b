/** Where to look is learned from events, whatever they say; what has changed is found by looking. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs, {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SYSTEM_CLOCK } from '../../../src/watch/clock.ts'
import { type WatchDirectory, watchDirectory } from '../../../src/watch/events/node-watch.ts'
import { EVERYTHING } from '../../../src/watch/events/walk.ts'
import { seeded } from '../../helpers/seeded.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { noLongerFresh, until } from '../../helpers/until.ts'
import { watching } from '../../helpers/watching.ts'

/** Every event of a directory, handed on as a test wants it. */
const standIn =
  (
    change: (path: string, watched: Parameters<WatchDirectory>[1]) => Parameters<WatchDirectory>[1],
  ): WatchDirectory =>
  (path, watched) =>
    watchDirectory(path, change(path, watched))

/** Elsewhere a thread of its own brings events, and with those of helpers/macos they are late on purpose. */
const isTimely = process.platform === 'linux' && !process.env.NODE_OPTIONS?.includes('macos')
test('events that have arrived when a time is over are heard before it', { skip: !isTimely }, async (t) => {
  const dir = tempDir(t, { 'a.js': '' })
  const heard: string[] = []
  const watcher = watch(dir.path, () => heard.push('event'))
  t.after(() => watcher.close())
  SYSTEM_CLOCK.after(1, () => heard.push('time'))
  dir.write('a.js', 'a')
  const end = performance.now() + 5
  while (performance.now() < end); // a busy thread: both are due
  await until(
    'the time is over',
    () => heard.join(),
    () => heard.includes('time'),
  )
  assert.equal(heard[0], 'event')
})

test('deaf for 100 ms after each new watch, late, and doubled: of 100 edits none is lost', async (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  t.diagnostic(`SEED=${seed}`)
  const random = seeded(seed)
  const names = Array.from({ length: 10 }, (_, at) => `${at}/file.js`)
  const dir = tempDir(t, Object.fromEntries(names.map((name) => [name, '0'])))
  let deafUntil = 0
  const watch = standIn((_path, watched) => {
    deafUntil = performance.now() + 100 // as on macOS: any new watch makes all of them deaf
    return {
      ...watched,
      onEvent() {
        if (performance.now() < deafUntil) return
        setTimeout(watched.onEvent, random() * 30)
        setTimeout(watched.onEvent, random() * 30)
      },
    }
  })
  const { watcher, files } = watching(t, names.map(dir.file), { watch, armingTime: 300 })
  for (let edit = 1; edit <= 100; edit += 1) {
    const name = names[Math.floor(random() * names.length)] as string
    if (random() < 0.2) {
      dir.write(`more${edit}/x.js`, '')
      watcher.follow(dir.file(`more${edit}/x.js`), 'loaded') // a new watch, and all are deaf
    }
    dir.write(name, `${edit}`)
    if (random() < 0.3) await sleep(random() * 60)
    if (edit % 10 !== 0) continue
    await until(
      `SEED=${seed}: edit ${edit}`,
      () => '',
      () => names.every((one) => files.compare(dir.file(one)) === 'none'),
    )
  }
})

test('deaf for 100 ms after the end of any watch, also of another watcher: no edit is lost', async (t) => {
  const dir = tempDir(t, { 'a/file.js': '0', 'b/file.js': '0' })
  let deafUntil = 0
  const watch: WatchDirectory = (path, watched) => {
    const becomeDeaf = () => {
      deafUntil = performance.now() + 100
    }
    const onEvent = () => performance.now() > deafUntil && watched.onEvent()
    const close = watchDirectory(path, { ...watched, onEvent })
    becomeDeaf()
    return () => {
      close()
      becomeDeaf()
    }
  }
  const begin = (name: string) => watching(t, [dir.file(name)], { watch, armingTime: 300 })
  const [{ next }, other] = [begin('a/file.js'), begin('b/file.js')]
  await sleep(600) // what they look at because of their beginning is over
  other.watcher.close()
  dir.write('a/file.js', '1')
  await next('modified file.js')
})

test('watches that begin without end put no look off for ever', async (t) => {
  const dir = tempDir(t, { 'a/file.js': '0', 'b/file.js': '0' })
  const watch = standIn((_path, watched) => ({ ...watched, onEvent() {} })) // deaf all the time
  const begin = (name: string) => watching(t, [dir.file(name)], { watch, armingTime: 100 })
  const [{ next }, other] = [begin('a/file.js'), begin('b/file.js')]
  let more = 0
  const churn = setInterval(() => {
    more += 1
    dir.write(`more${more}/x.js`, '')
    other.watcher.follow(dir.file(`more${more}/x.js`), 'loaded')
  }, 20)
  t.after(() => clearInterval(churn))
  await sleep(300)
  dir.write('a/file.js', '1')
  await next('modified file.js')
})

test('a directory that may not be read is not tried again and again, where each watch that ends lets all look', async (t) => {
  const dir = tempDir(t, { 'src/in/a.js': '0', 'src/secret/x.js': '0' })
  let tries = 0
  const watch: WatchDirectory = (path, watched) => {
    if (path !== dir.file('src/secret')) return watchDirectory(path, watched)
    tries += 1
    queueMicrotask(() => watched.onFailed(Object.assign(new Error('no'), { code: 'EACCES' })))
    return () => {}
  }
  const filter = { ...EVERYTHING, denied: () => {} }
  const { next } = watching(t, [dir.file('src')], { watch, armingTime: 20, filter })
  await sleep(300) // it has looked because of its beginning
  const before = tries
  for (let edit = 1; edit <= 30; edit += 1) {
    await sleep(10)
    dir.write('src/in/a.js', `${edit}`)
    await next('modified a.js')
  }
  assert.equal(tries, before)
})

test('where the system has no watch left, it is polled, and one line says so', async (t) => {
  const dir = tempDir(t, { 'a/one.js': '1', 'b/two.js': '1' })
  const watch: WatchDirectory = (_path, { onFailed }) => {
    queueMicrotask(() => onFailed(Object.assign(new Error('no'), { code: 'ENOSPC' })))
    return () => {}
  }
  const { next, notes } = watching(t, [dir.file('a/one.js'), dir.file('b')], { watch })
  await sleep(50)
  dir.write('a/one.js', '2')
  await next('modified one.js')
  dir.write('b/new.js', '1')
  await next('added new.js')
  dir.replace('a/one.js', '3')
  await next('modified one.js')
  assert.equal(notes.length, 1)
  assert.match(notes[0] ?? '', /^ENOSPC for \//)
})

/** What may be edited in the place of the file that is watched. */
const LINKS: Record<
  string,
  { files: Record<string, string>; links: [string, string][]; edit: (dir: TempDir) => void }
> = {
  'the target of a link, in place': {
    files: { 'real/x.js': '1' },
    links: [['real/x.js', 'x.js']],
    edit: (dir) => dir.write('real/x.js', '2'),
  },
  'the target of a link, by rename': {
    files: { 'real/x.js': '1' },
    links: [['real/x.js', 'x.js']],
    edit: (dir) => dir.replace('real/x.js', '2'),
  },
  'a link, which leads elsewhere now': {
    files: { 'real/x.js': '1', 'real/y.js': '2' },
    links: [['real/x.js', 'x.js']],
    edit: (dir) => relink(dir, 'real/y.js', 'x.js'),
  },
  'a link in the middle of a chain': {
    files: { 'one/x.js': '1', 'two/y.js': '2', 'mid/keep': '' },
    links: [
      ['../one/x.js', 'mid/link.js'],
      ['mid/link.js', 'x.js'],
    ],
    edit: (dir) => relink(dir, '../two/y.js', 'mid/link.js'),
  },
  'the end of a chain': {
    files: { 'one/x.js': '1', 'mid/keep': '' },
    links: [
      ['../one/x.js', 'mid/link.js'],
      ['mid/link.js', 'x.js'],
    ],
    edit: (dir) => dir.write('one/x.js', '2'),
  },
  'a link to a directory on the way': {
    files: { 'releases/1/x.js': '1', 'releases/2/x.js': '2' },
    links: [['releases/1', 'current']],
    edit: (dir) => relink(dir, 'releases/2', 'current'),
  },
  'a link to a link to a directory': {
    files: { 'releases/1/x.js': '1', 'releases/2/x.js': '2', 'mid/keep': '' },
    links: [
      ['../releases/1', 'mid/stable'],
      ['mid/stable', 'current'],
    ],
    edit: (dir) => relink(dir, '../releases/2', 'mid/stable'),
  },
  'a file in a linked directory': {
    files: { 'releases/1/x.js': '1' },
    links: [['releases/1', 'current']],
    edit: (dir) => dir.write('releases/1/x.js', '2'),
  },
  'a linked directory, replaced where it lies': {
    files: { 'releases/1/x.js': '1', 'other/x.js': '2' },
    links: [['releases/1', 'current']],
    edit: (dir) => {
      renameSync(dir.file('releases/1'), dir.file('releases/old'))
      renameSync(dir.file('other'), dir.file('releases/1'))
    },
  },
}

function relink(dir: TempDir, target: string, link: string): void {
  symlinkSync(target, dir.file('new-link'))
  renameSync(dir.file('new-link'), dir.file(link))
}

for (const [what, { files, links, edit }] of Object.entries(LINKS)) {
  const place = links.some(([, link]) => link === 'current') ? 'current/x.js' : 'x.js'
  for (const poll of [false, 20] as const) {
    test(`${poll === false ? 'events' : 'polling'}: ${what}`, async (t) => {
      const dir = tempDir(t, files)
      for (const [target, link] of links) symlinkSync(target, dir.file(link))
      const { next } = watching(t, [dir.file(place)], { poll })
      await sleep(100) // until it is watched: before that any look would find it
      edit(dir)
      await next('modified x.js')
      // And what it leads to now is watched.
      writeFileSync(dir.file(place), '3')
      await next('modified x.js')
    })
  }
}

test('a tree with a link to a file elsewhere, and one that comes later', async (t) => {
  const dir = tempDir(t, { 'tree/a.js': '1', 'real/x.js': '1', 'real/y.js': '1' })
  symlinkSync('../real/x.js', dir.file('tree/x.js'))
  const { next } = watching(t, [dir.file('tree')])
  await sleep(100)
  dir.write('real/x.js', '2')
  await next('modified x.js')
  symlinkSync('../real/y.js', dir.file('tree/y.js'))
  await next('added y.js')
  dir.write('real/y.js', '2')
  await next('modified y.js')
})

test('links in a circle, and one that leads nowhere, until it does', async (t) => {
  const dir = tempDir(t, { 'a.js': '1', 'real/keep': '' })
  symlinkSync('two.js', dir.file('one.js'))
  symlinkSync('one.js', dir.file('two.js'))
  symlinkSync('real/later.js', dir.file('later.js'))
  symlinkSync('real/deep/er.js', dir.file('deeper.js'))
  const { next } = watching(t, ['a.js', 'one.js', 'later.js', 'deeper.js'].map(dir.file))
  await sleep(100)
  dir.write('a.js', '2')
  await next('modified a.js')
  dir.write('real/later.js', '1')
  await next('added later.js')
  dir.write('real/deep/er.js', '1')
  await next('added deeper.js')
  unlinkSync(dir.file('one.js'))
  dir.write('one.js', '1')
  await next('added one.js')
})

/** A link changes and the content does not: what comes then is where the link leads. */
const NOTHING_THEN: Record<
  string,
  { named: string; links?: [string, string][]; link: (dir: TempDir) => void; comes: string }
> = {
  'a link that leads nowhere is pointed elsewhere, where nothing is either': {
    named: 'x.js',
    links: [['nowhere', 'x.js']],
    link: (dir) => relink(dir, 'real/x.js', 'x.js'),
    comes: 'real/x.js',
  },
  'what is not there becomes a link that leads nowhere': {
    named: 'x.js',
    link: (dir) => symlinkSync('real/x.js', dir.file('x.js')),
    comes: 'real/x.js',
  },
  'its directory, which is not there, becomes one': {
    named: 'deep/er/x.js',
    link: (dir) => symlinkSync('real/deep', dir.file('deep')),
    comes: 'real/deep/er/x.js',
  },
  'a tree gets a link that leads nowhere': {
    named: 'tree',
    link: (dir) => symlinkSync('../real/x.js', dir.file('tree/x.js')),
    comes: 'real/x.js',
  },
  'a tree has had one from the start': {
    named: 'tree',
    links: [['../real/x.js', 'tree/x.js']],
    link: () => {},
    comes: 'real/x.js',
  },
}

for (const [what, { named, links = [], link, comes }] of Object.entries(NOTHING_THEN)) {
  test(what, async (t) => {
    const dir = tempDir(t, { 'real/keep': '', 'tree/keep': '' })
    for (const [target, link] of links) symlinkSync(target, dir.file(link))
    const { changes, next } = watching(t, [dir.file(named)])
    await sleep(100)
    link(dir)
    await sleep(100) // the events of the link are over
    assert.deepEqual(changes, [])
    dir.write(comes, '1')
    await next('added x.js')
    dir.write(comes, '2')
    await next('modified x.js')
    dir.remove(comes)
    await next('deleted x.js')
    dir.write(comes, '3')
    await next('added x.js')
  })
}

test('a link to the same file by another name, which is then replaced', async (t) => {
  const dir = tempDir(t, { 'a.js': '1', 'elsewhere/keep': '' })
  linkSync(dir.file('a.js'), dir.file('elsewhere/a.js'))
  symlinkSync('a.js', dir.file('x.js'))
  const { changes, next } = watching(t, [dir.file('x.js')])
  await sleep(100)
  relink(dir, 'elsewhere/a.js', 'x.js')
  await sleep(100)
  assert.deepEqual(changes, [])
  dir.replace('elsewhere/a.js', '2')
  await next('modified x.js')
})

test('a hard link that is written by its other name, also one that is found later', async (t) => {
  const dir = tempDir(t, { 'a.js': '1', 'b.js': '1', 'elsewhere/keep': '' })
  linkSync(dir.file('a.js'), dir.file('elsewhere/a'))
  const { next } = watching(t, [dir.file('a.js'), dir.file('b.js')])
  await sleep(100)
  dir.write('elsewhere/a', '2')
  await next('modified a.js')
  dir.write('elsewhere/a', '3')
  await next('modified a.js')
  linkSync(dir.file('b.js'), dir.file('elsewhere/b')) // of which no directory has an event
  dir.write('any', '')
  await sleep(100)
  dir.write('elsewhere/b', '2')
  await next('modified b.js')
  dir.replace('a.js', '4') // a file of its own again
  await next('modified a.js')
  dir.write('a.js', '5')
  await next('modified a.js')
})

test('many times more events than the kernel keeps: the edit among them is seen soon after, and the loop is never held up', async (t) => {
  const dir = tempDir(t, { 'src/edited.js': '1', 'other/edited2.js': '1' })
  await noLongerFresh(dir.file('other/edited2.js')) // or it would be read anew in any case
  const { changes, notes } = watching(t, [dir.file('src/edited.js'), dir.file('other/edited2.js')])
  await sleep(100)
  let longest = 0
  for (const [round, name] of ['other/edited2.js', 'src/edited.js'].entries()) {
    // In one go: nothing of it is read before it is over, and the kernel drops what does not fit.
    for (let at = 0; at < 20_000; at += 1) writeFileSync(dir.file(`src/new${round} ${at}`), '')
    dir.write(name, '2')
    let last = performance.now()
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    await until('the edit', String, () => changes.length > round)
    clearInterval(beat)
  }
  assert.deepEqual([changes, notes], [['modified edited2.js', 'modified edited.js'], []])
  t.diagnostic(`the loop was held up for ${Math.round(longest)} ms at most`)
  assert.ok(longest < 1000, `${longest} ms`)
})

test('a file that may not be read has not changed, and is looked at again', async (t) => {
  const dir = tempDir(t, { 'a.js': '1', 'closed/b.js': '1' })
  chmodSync(dir.path, 0o777)
  await asNobody(async () => {
    const { next, changes } = watching(t, [dir.file('a.js'), dir.file('closed/b.js')])
    await sleep(100)
    asRoot(() => chmodSync(dir.file('a.js'), 0))
    asRoot(() => chmodSync(dir.file('closed'), 0))
    await sleep(300)
    asRoot(() => writeFileSync(dir.file('a.js'), '2'))
    await sleep(300)
    assert.deepEqual(changes, [])
    asRoot(() => chmodSync(dir.file('a.js'), 0o644))
    await next('modified a.js')
    asRoot(() => chmodSync(dir.file('closed'), 0o755))
    asRoot(() => writeFileSync(dir.file('closed/b.js'), '2'))
    await next('modified b.js')
  })
})

for (const poll of [false, 50] as const) {
  test(`${poll === false ? 'events' : 'polling'}: an edit while a file cannot be reached counts once it can`, async (t) => {
    const dir = tempDir(t, { 'a.js': '1' })
    const { next, changes } = watching(t, [dir.file('a.js')], { poll })
    await sleep(100)
    const { statSync } = fs
    const reach = (stat: typeof statSync) => {
      fs.statSync = stat
      syncBuiltinESMExports()
    }
    t.after(() => reach(statSync))
    // As from a failing device, or a server that does not answer.
    reach(((path: string, options: object) => {
      if (path === dir.file('a.js')) throw Object.assign(new Error('EIO'), { code: 'EIO' })
      return statSync(path, options)
    }) as typeof statSync)
    dir.write('a.js', '2')
    await sleep(300)
    assert.deepEqual(changes, [])
    reach(statSync)
    await next('modified a.js')
    await sleep(300)
    assert.deepEqual(changes, ['modified a.js'])
  })
}

test('a loader that patches fs.watch, as that of Yarn, whose watcher of an archive has on() and close() alone', async (t) => {
  const dir = tempDir(t, { 'real/a.js': '1', 'archive/b.js': '1' })
  const { watch: original } = fs
  t.after(() => Object.assign(fs, { watch: original }))
  fs.watch = ((path: string, ...rest: []) =>
    path === dir.file('archive') ? { on() {}, close() {} } : original(path, ...rest)) as typeof fs.watch
  const { next, notes } = watching(t, [dir.file('real/a.js'), dir.file('archive/b.js')])
  dir.write('real/a.js', '2')
  await next('modified a.js')
  assert.deepEqual(notes, [])
})

test('names of files, directories and targets of links that are not UTF-8', async (t) => {
  const dir = tempDir(t, { 'real/keep': '', 'tree/keep': '' })
  const at = (...names: string[]) => Buffer.from([dir.path, ...names].join('/'), 'latin1')
  mkdirSync(at('tree/d\xff'))
  mkdirSync(at('tree/d\xff/e\xe9'))
  symlinkSync(Buffer.from('../real/r\xff.js', 'latin1'), dir.file('tree/link.js'))
  const names = ['tree/f\xff\xe9.js', 'tree/d\xff/a.js', 'tree/d\xff/e\xe9/b\xff.js', 'real/r\xff.js']
  for (const name of names) writeFileSync(at(name), '1')
  let watches = 0
  const watch = standIn((_path, watched) => {
    watches += 1
    return watched
  })
  const { changes, next } = watching(t, [dir.file('tree')], { watch })
  await sleep(100)
  const first = watches
  await sleep(100)
  assert.equal(watches, first, 'they are watched, and not tried again and again')
  for (const [name, told] of names.map((one, which) => [one, ODD[which]] as const)) {
    writeFileSync(at(name), '2')
    await next(`modified ${told}`)
    rmSync(at(name))
    await next(`deleted ${told}`)
  }
  // Directories that come later, and another one in the place of one.
  mkdirSync(at('tree/n\xff'))
  writeFileSync(at('tree/n\xff/new.js'), '1')
  await next('added new.js')
  mkdirSync(at('other'))
  writeFileSync(at('other/new.js'), '2')
  rmSync(at('tree/n\xff'), { recursive: true })
  renameSync(at('other'), at('tree/n\xff'))
  await next('modified new.js')
  writeFileSync(at('tree/n\xff/new.js'), '3')
  await next('modified new.js')
  assert.equal(changes.length, 2 * names.length + 3)
})

/** As they are told. */
const ODD = ['f\udcff\udce9.js', 'a.js', 'b\udcff.js', 'link.js']

test('a file whose stamp is too young to trust: its content decides', async (t) => {
  const dir = tempDir(t, { 'a.js': '1' })
  const { next } = watching(t, [dir.file('a.js')], { poll: 20 })
  for (let round = 2; round <= 9; round += 1) {
    writeFileSync(dir.file('a.js'), `${round}`)
    utimesSync(dir.file('a.js'), 1e9, 1e9)
    await next('modified a.js')
  }
})

test('a directory above is moved away and back, with a link into it', async (t) => {
  const dir = tempDir(t, { 'deep/er/x.js': '1' })
  symlinkSync('deep/er/x.js', dir.file('x.js'))
  const { next, changes } = watching(t, [dir.file('x.js')])
  await sleep(100)
  renameSync(dir.file('deep'), dir.file('old'))
  await sleep(200)
  mkdirSync(dir.file('deep'))
  renameSync(dir.file('old/er'), dir.file('deep/er'))
  await sleep(200)
  dir.write('deep/er/x.js', '2')
  await next('modified x.js')
  assert.deepEqual(changes, ['modified x.js'])
})

/** Only root may mount; elsewhere there is nothing to test. */
async function withMount(
  t: { readonly skip: (why: string) => void },
  args: readonly string[],
  act: () => Promise<void>,
): Promise<void> {
  if (process.platform !== 'linux' || spawnSync('mount', args).status !== 0)
    return t.skip('mount(8) is not possible here')
  try {
    await act()
  } finally {
    spawnSync('umount', ['--lazy', args.at(-1) as string])
  }
}

test('a single file that is mounted, and edited where it comes from', async (t) => {
  const dir = tempDir(t, { 'app/a.js': '1', 'app/b.js': '1', 'outside/a.js': '1' })
  await withMount(t, ['--bind', dir.file('outside/a.js'), dir.file('app/a.js')], async () => {
    const { next, notes } = watching(t, [dir.file('app/a.js'), dir.file('app/b.js')])
    await sleep(100)
    dir.write('outside/a.js', '2')
    await next('modified a.js')
    dir.write('app/a.js', '3')
    await next('modified a.js')
    dir.write('app/b.js', '2')
    await next('modified b.js')
    assert.deepEqual(notes, [])
  })
})

for (const poll of [false, 20] as const) {
  test(`${poll === false ? 'events' : 'polling'}: a file system whose clock knows whole seconds only`, async (t) => {
    const dir = tempDir(t, { 'disk/keep': '' })
    const image = dir.file('image')
    if (spawnSync('mkfs.ext2', ['-q', '-I', '128', image, '2M']).status !== 0)
      return t.skip('mkfs.ext2 is not possible here')
    await withMount(t, ['-o', 'loop', image, dir.file('disk')], async () => {
      dir.write('disk/a.js', '0')
      const { next } = watching(t, [dir.file('disk/a.js')], { poll })
      for (let round = 1; round <= 12; round += 1) {
        dir.write('disk/a.js', `${round % 10}`)
        await next('modified a.js')
      }
    })
  })
}

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

function asRoot(act: () => void): void {
  const wasNobody = process.getuid?.() === 0 && process.geteuid?.() !== 0
  if (wasNobody) process.seteuid?.(0)
  try {
    act()
  } finally {
    if (wasNobody) process.seteuid?.('nobody')
  }
}
