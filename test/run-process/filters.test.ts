/** The filters that can be given to runProcess(), asked directly and through the rules of the watch. */
import assert from 'node:assert/strict'
import { sep } from 'node:path'
import { test } from 'node:test'
import { rulesOf, type WatchFilter } from '../../src/run-process/filters.ts'
import { CodeFilter, DefaultFilter } from '../../src/run-process/index.ts'
import { createFilter } from '../../src/watch/filter/filter.ts'
import { tempDir } from '../helpers/temp-dir.ts'

interface Row {
  readonly what: string
  readonly filter: DefaultFilter
  readonly pass: readonly string[]
  readonly not: readonly string[]
}

const ROWS: Row[] = [
  {
    what: 'DefaultFilter ignores what tools keep for themselves',
    filter: new DefaultFilter(),
    pass: ['a.js', 'deep/a.txt', 'git', 'a.pyx', 'sw.x'],
    not: [
      ...['.git/HEAD', 'deep/node_modules/a.js', '__pycache__/a', '.hg/a', '.svn/a', '.tox/a', '.venv/a'],
      ...['.idea/a', '.mypy_cache/a', '.pytest_cache/a', '.hypothesis/a', 'deep/.cache/a', 'a.pyc', 'b.pyo'],
      ...['a.js.___jb_tmp___', '.a.swp', 'a.js~', '.#a', '.DS_Store', 'flycheck_a.js'],
    ],
  },
  {
    what: 'DefaultFilter with other directories, patterns and paths',
    filter: new DefaultFilter({
      ignoreDirs: ['out'],
      ignoreEntityPatterns: ['\\.log$', /^tmp/g],
      ignorePaths: [`${sep}project${sep}gen`],
    }),
    pass: ['node_modules/a.js', 'a~', 'output/a', 'a.logs', 'atmp', 'generated', 'deep/gen/a'],
    not: ['out/a', 'deep/out/a', 'a.log', 'tmp', 'tmp1', 'tmp2', 'gen', 'gen/deep/a'],
  },
  {
    what: 'CodeFilter lets code through',
    filter: new CodeFilter(),
    pass: ['a.js', 'b.mjs', 'c.cjs', 'd.ts', 'e.mts', 'f.cts', 'g.jsx', 'h.tsx', 'deep/i.json', 'j.wasm'],
    not: ['a.py', 'js', 'README.md', 'node_modules/a.js', '.#a.js'],
  },
  {
    what: 'CodeFilter with more extensions',
    filter: new CodeFilter({ extraExtensions: ['.vue', 'html'], ignoreDirs: ['out'] }),
    pass: ['a.js', 'a.vue', 'b.html'],
    not: ['a.svelte', 'out/a.vue'],
  },
]

for (const { what, filter, pass, not } of ROWS) {
  test(what, () => {
    const accepted = [...pass, ...not].filter((path) => filter.accepts('modified', `/project/${path}`))
    assert.deepEqual(accepted, pass)
  })

  test(`${what}, in the same way below what is watched`, () => {
    const { passes } = ruled(filter, '/project')
    assert.deepEqual(
      [...pass, ...not].filter((path) => passes(`/project/${path}`)),
      pass,
    )
  })
}

const ruled = (filter: WatchFilter, root: string) => {
  const { extensions = null, ...rules } = rulesOf(filter)
  return createFilter({ root, ignore: [], ignoreFiles: true, extensions, ...rules })
}

test('directories that do not count are not looked into', () => {
  const { enters } = ruled(new DefaultFilter({ ignoreDirs: ['out'] }), '/project')
  assert.deepEqual([enters('/project/out'), enters('/project/in')], [false, true])
})

test('what is above a path that was named does not matter', () => {
  const { passes, counts } = ruled(new DefaultFilter(), '/a/node_modules/b')
  assert.ok(passes('/a/node_modules/b/c.js') && counts('modified', '/a/node_modules/b/c.js'))
})

test('a subclass has the last word', () => {
  class OnlyNew extends DefaultFilter {
    override accepts(change: 'added' | 'modified' | 'deleted', path: string): boolean {
      return change === 'added' && super.accepts(change, path)
    }
  }
  const { counts } = ruled(new OnlyNew(), '/project')
  assert.deepEqual([counts('added', '/project/a'), counts('modified', '/project/a')], [true, false])
  assert.equal(counts('added', '/project/.git/a'), false)
})

test('.gitignore and .reloadignore are obeyed, but for null, which lets everything through', (t) => {
  const dir = tempDir(t, { '.gitignore': 'a\n', '.reloadignore': '^b$\n' })
  const names = ['a', 'b', 'c', '.git/d', 'node_modules/e', 'f~', '.gitignore']
  const passing = (filter: WatchFilter) => {
    const { passes } = ruled(filter, dir.path)
    return names.filter((name) => passes(dir.file(name)))
  }
  assert.deepEqual(passing(new DefaultFilter()), ['c'])
  assert.deepEqual(
    passing(() => true),
    ['c'],
  )
  assert.deepEqual(passing(null), names)
})
