/** What is looked into, and what counts. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { createFilter, type FilterRules } from '../../../src/watch/filter/filter.ts'
import { patternsOf } from '../../../src/watch/filter/patterns.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'

const rules = (dir: TempDir, more: Partial<FilterRules> = {}): FilterRules => ({
  root: dir.path,
  ignore: [],
  extensions: null,
  ignoreFiles: true,
  ...more,
})

/** Those of the paths that pass. */
function passing(dir: TempDir, more: Partial<FilterRules>, paths: readonly string[]): string[] {
  const { passes } = createFilter(rules(dir, more))
  return paths.filter((path) => passes(dir.file(path)))
}

interface Row {
  readonly what: string
  readonly rules?: Partial<FilterRules>
  readonly files?: Record<string, string>
  readonly pass: readonly string[]
  readonly not: readonly string[]
}

const ROWS: Row[] = [
  {
    what: 'caches, version control and editor files never count',
    pass: ['a.js', 'cache/a', 'venv.js', '.env', 'a.pyx'],
    not: [
      ...['.git', 'node_modules', '__pycache__', '.hg', '.svn', '.tox', '.venv', '.idea', '.cache'],
      ...['.nyc_output', '.next'],
      ...['.mypy_cache', '.pytest_cache', '.ruff_cache'],
    ]
      .map((name) => `deep/${name}/a.js`)
      .concat('.DS_Store', 'a.pyc', 'a.pyo', 'a.js~', '.a.js.swp', '.#a.js', '#a.js#', '4913'),
  },
  {
    what: 'globs of one folder',
    rules: { ignore: ['build', '*.log', '!keep.log', '/top', 'sub/x', 'only/'] },
    pass: ['src/buildings.js', 'keep.log', 'deep/top', 'deep/sub/x', 'only', 'a log'],
    not: ['build/a.js', 'src/build/a.js', 'a.log', 'deep/b.log', 'top', 'top/a', 'sub/x', 'only/a'],
  },
  {
    what: 'regular expressions',
    rules: { ignore: ['/\\.gen\\.\\w+$/i', '/^out\\//', '/old/g'] },
    pass: ['gen.js', 'a.gen', 'src/out/a.js', 'output/a.js'],
    not: ['a.gen.js', 'deep/A.GEN.TS', 'out/a.js', 'older', 'b.old', 'c.old'],
  },
  {
    what: 'what begins with a slash and does not end with flags is a glob',
    rules: { ignore: ['/src/generated'] },
    pass: ['src/a.js', 'deep/src/generated/a.js'],
    not: ['src/generated/a.js'],
  },
  {
    what: 'a path from here on',
    rules: { ignore: ['./tmp', './logs/', './src/*.log', '!./src/keep.log'] },
    pass: ['src/tmp/a', 'a/logs/b', 'logs', 'deep/src/a.log', 'src/keep.log'],
    not: ['tmp', 'tmp/a', 'logs/b', 'src/a.log'],
  },
  {
    what: 'extensions, with the dot or without',
    rules: { extensions: ['py', '.d.ts'] },
    pass: ['a.py', 'deep/b.py', 'c.d.ts'],
    not: ['a.js', 'py', 'apy', 'c.ts', 'Makefile'],
  },
  {
    what: '.gitignore of every level: the deepest decides',
    files: {
      '.gitignore': '*.log\n/build/\n\n# nothing\nsub/kept/\n',
      'sub/.gitignore': '!keep.log\n!kept/\nown\n',
      'build/.gitignore': '!*\n',
    },
    pass: ['a.js', 'sub/keep.log', 'sub/kept/a.js', 'own', 'deep/build/a.js', '#nothing'],
    not: ['a.log', 'keep.log', 'sub/a.log', 'build/a.js', 'sub/own', 'sub/deep/own/a', '.gitignore'],
  },
  {
    what: 'letters of another case are others, as for git',
    files: { '.gitignore': 'Data\n' },
    pass: process.platform === 'linux' ? ['data'] : [],
    not: ['Data'],
  },
  {
    what: '.reloadignore: an expression in each line, for paths from its folder on',
    files: {
      '.reloadignore': '# comment\n\n^out/\n\\.tmp$\n^data$\r\n',
      'sub/.reloadignore': '^a/b\\.',
    },
    pass: ['sub/out/x', 'tmp', 'a/b.js', 'sub/a/bc', 'database', '# comment'],
    not: ['out/x', 'x.tmp', 'sub/y.tmp', 'data/x', 'sub/a/b.js', '.reloadignore', 'sub/.reloadignore'],
  },
  {
    what: 'what a glob of the user keeps, whatever .gitignore says',
    rules: { ignore: ['!dist'] },
    files: { '.gitignore': 'dist\nlib\n' },
    pass: ['dist'],
    not: ['lib/a.js'],
  },
  {
    what: 'ignore files are files like others if they are not obeyed',
    rules: { ignoreFiles: false },
    files: { '.gitignore': '*.log\n', '.reloadignore': 'tmp\n(\n' },
    pass: ['a.log', 'tmp', '.gitignore', '.reloadignore'],
    not: [],
  },
]

for (const { what, rules, files = {}, pass, not } of ROWS) {
  test(what, (t) => {
    const dir = tempDir(t, files)
    assert.deepEqual(passing(dir, rules ?? {}, [...pass, ...not]), pass)
  })
}

test('the same answers as git gives, where only .gitignore speaks', (t) => {
  const dir = tempDir(t, {
    '.gitignore': '*.o\n!keep.o\nbuild/\n/only-top\na/**/z\n\\#hash\nsp\\ ace\n[ab].txt\n',
    'a/.gitignore': '!x.o\n*.md\n!build/\n',
    'a/b/.gitignore': 'build/\n!*.md\n',
  })
  execFileSync('git', ['init', '--quiet'], { cwd: dir.path })
  const folders = ['', 'a/', 'a/b/', 'a/b/c/', 'build/', 'a/build/', 'a/b/build/']
  const names = ['x.o', 'keep.o', 'only-top', 'z', '#hash', 'sp ace', 'a.txt', 'c.txt', 'r.md', 'e.js']
  const paths = folders.flatMap((folder) => names.map((name) => folder + name))
  for (const path of paths) dir.write(path, '')
  const args = ['ls-files', '--others', '--exclude-standard', '-z']
  const listed = execFileSync('git', args, { cwd: dir.path, encoding: 'utf8' }).split('\0')
  assert.deepEqual(
    passing(dir, {}, paths),
    paths.filter((path) => listed.includes(path)),
  )
})

test('.gitignore above the root counts up to the top of the repository, and without one not at all', (t) => {
  const dir = tempDir(t, {
    '.gitignore': 'a\n',
    'repo/.gitignore': 'b\n',
    'repo/packages/.gitignore': 'c\n',
    'repo/packages/one/.gitignore': 'd\n',
    'repo/.reloadignore': '^packages/one/e$\n',
  })
  const root = dir.file('repo/packages/one')
  const paths = 'abcdef'.split('').map((name) => `repo/packages/one/${name}`)
  const names = () =>
    passing(dir, { root }, paths)
      .map((path) => path.slice(-1))
      .join('')
  assert.equal(names(), 'abcef')
  mkdirSync(dir.file('repo/.git'))
  assert.equal(names(), 'af')
  mkdirSync(dir.file('.git')) // a repository in another one
  assert.equal(names(), 'af')
  const { rules: files } = createFilter(rules(dir, { root }))
  assert.deepEqual([...new Set(files().map(dirname))], [root, dirname(root), dir.file('repo')])
})

test('what was named counts, and what is in it by the other rules', (t) => {
  const dir = tempDir(t, { '.gitignore': 'dist/\n.env\n*.log\n' })
  mkdirSync(dir.file('.git'))
  const paths = [dir.file('dist'), dir.file('.env'), dir.file('node_modules/pkg')]
  assert.deepEqual(
    passing(dir, { paths, extensions: ['js'], ignore: ['*.min.js'] }, [
      ...['dist/a.js', 'dist/deep/a.js', 'dist/a.min.js', 'dist/a.txt', '.env', '.env.js'],
      ...['node_modules/pkg/a.js', 'node_modules/pkg/node_modules/a.js', 'node_modules/other/a.js'],
    ]),
    ['dist/a.js', 'dist/deep/a.js', '.env', '.env.js', 'node_modules/pkg/a.js'],
  )
})

test('outside the root, globs are taken from what was named on', (t) => {
  const dir = tempDir(t, { 'app/.gitignore': 'x\n', 'lib/.gitignore': 'y\n' })
  const paths = [dir.file('app'), dir.file('lib')]
  const more = { root: dir.file('app'), paths, ignore: ['/top', '*.log', '/^re/'] }
  assert.deepEqual(
    passing(dir, more, ['lib/x', 'lib/y', 'lib/top', 'lib/deep/top', 'lib/a.log', 'lib/re', 'lib/are']),
    ['lib/x', 'lib/deep/top', 'lib/are'],
  )
})

test('directories that are not looked into', (t) => {
  const dir = tempDir(t, { '.gitignore': 'build/\n*.d\n', '.reloadignore': '^tmp/\n' })
  const { enters } = createFilter(rules(dir, { ignore: ['vendor'], extensions: ['js'] }))
  const entered = ['src', 'src/build', 'build', 'x.d', 'tmp', 'a/tmp', 'vendor', 'node_modules', '.git', '.']
  assert.deepEqual(
    entered.filter((name) => enters(dir.file(name))),
    ['src', 'a/tmp', '.'],
  )
})

test('rules that are written, changed and removed later', (t) => {
  const dir = tempDir(t, {})
  const { changed, passes } = createFilter(rules(dir))
  const names = () => ['a.js', 'sub/b.js'].filter((name) => passes(dir.file(name)))
  const save = (name: string, text: string) => {
    dir.write(name, text)
    return changed(dir.file(name))
  }
  assert.deepEqual(names(), ['a.js', 'sub/b.js'])
  assert.equal(save('.gitignore', 'sub/\n'), true)
  assert.deepEqual(names(), ['a.js'])
  assert.equal(save('.gitignore', 'sub/\n'), false, 'the same text')
  assert.equal(save('other', 'sub/\n'), false, 'another file')
  assert.equal(save('.reloadignore', '^a\n'), true)
  assert.deepEqual(names(), [])
  dir.remove('.gitignore')
  assert.equal(changed(dir.file('.gitignore')), true)
  assert.deepEqual(names(), ['sub/b.js'])
})

test('the whole path of a place below the folder is that place alone', (t) => {
  const dir = tempDir(t, {})
  const [whole, folder, letter] = [dir.file('data'), `${dir.file('tmp')}/`, dir.file('d')]
  const ignore = [whole, folder, letter, `${dir.file('out')}/**/*.html`, `!${dir.file('out')}/keep.html`]
  const paths = ['data/a', 'deep/data', 'tmp/a', 'deep/tmp/a', 'd', 'ad', 'out/b/c.html', 'out/keep.html']
  const pass = ['deep/data', 'deep/tmp/a', 'ad', 'out/keep.html']
  assert.deepEqual(passing(dir, { ignore }, paths), pass)
  assert.equal(patternsOf([`${dir.path}x/a`], dir.path)('a'), 'unsaid')
})

test('on Windows a backslash stands between folders, but before a letter that .gitignore would read otherwise', () => {
  const WINDOWS = ['C:\\app', true] as const
  const verdict = patternsOf(
    ['views\\tmp\\', 'src\\*.log', 'pages\\\\[id\\]', '\\#x', '/\\.gen$/'],
    ...WINDOWS,
  )
  for (const path of ['views/tmp/', 'src/a.log', 'pages/[id]', '#x', 'a.gen'])
    assert.equal(verdict(path), 'ignored', path)
  for (const entry of ['C:\\app\\views\\tmp', 'C:/app/views/tmp', '.\\views\\tmp\\', '.\\views\\t*'])
    assert.equal(patternsOf([entry], ...WINDOWS)('views/tmp/'), 'ignored', entry)
  assert.equal(patternsOf(['views\\tmp'], '/app', false)('views/tmp'), 'unsaid')
})

test('a wrong expression is an error that says which line of what, and the other lines count', (t) => {
  const dir = tempDir(t, { '.reloadignore': '# first\n\\.tmp$\n(unclosed\n' })
  assert.throws(
    () => createFilter(rules(dir, { ignore: ['ok', '/[/'] })),
    /^Error: \/\[\/ is not a regular expression: .*Unterminated character class/,
  )
  assert.throws(() => createFilter(rules(dir)).passes(dir.file('a')), {
    message: /\.reloadignore:3: \(unclosed is not a regular expression: .*Unterminated group/,
  })
  const failures: string[] = []
  const { passes } = createFilter(rules(dir, { failed: ({ message }) => failures.push(message) }))
  assert.deepEqual([passes(dir.file('a.tmp')), passes(dir.file('a.js')), failures.length], [false, true, 1])
})

test('the package for globs is loaded by those who have some', (t) => {
  const dir = tempDir(t, {
    'filter.mjs': `
import { createRequire } from 'node:module'
const { createFilter } = await import(process.argv[2])
const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => /node_modules.ignore./.test(path))
const rules = { root: import.meta.dirname, ignore: ['/re/'], extensions: null, ignoreFiles: true }
createFilter(rules).passes(import.meta.dirname + '/a')
const before = isLoaded()
createFilter({ ...rules, ignore: ['glob'] })
console.log(before, isLoaded())
`,
  })
  const module = new URL('../../../src/watch/filter/filter.ts', import.meta.url).href
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), 'filter.mjs', module],
    {
      cwd: dir.path,
      encoding: 'utf8',
    },
  )
  assert.equal(stdout, 'false true\n', stderr)
})
