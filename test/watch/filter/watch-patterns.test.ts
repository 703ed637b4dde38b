import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchedNames } from '../../../src/watch/filter/watch-patterns.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const seen = (watch: readonly string[], directory = '/app') => watchedNames(watch, directory)

for (const [pattern, base, files, others] of [
  [
    'views/**/*.html',
    '/app/views',
    ['views/a.html', 'views/x/y/b.html'],
    ['views/a.txt', 'a.html', 'views/.git/a.html'],
  ],
  ['*.html', '/app', ['a.html'], ['x/a.html', 'a.htm', '.html']],
  ['**/*.html', '/app', ['a.html', 'x/y/a.html'], ['a.js']],
  ['views/**', '/app/views', ['views/a', 'views/x/y'], ['x', 'views2/a']],
  ['views/**/', '/app/views', ['views/a', 'views/x/y'], ['x']],
  [
    'src/*/index.[jt]s',
    '/app/src',
    ['src/a/index.js', 'src/b/index.ts'],
    ['src/index.js', 'src/a/b/index.js', 'src/a/index.cs'],
  ],
  ['src/[!a]*.js', '/app/src', ['src/b.js'], ['src/a.js', 'src/ab.js']],
  ['data-?.{json,yml}', '/app', ['data-1.json', 'data-2.yml'], ['data-10.json', 'data-1.xml']],
  ['{a,b/{c,d}}/*.txt', '/app/a', ['a/x.txt', 'b/c/x.txt', 'b/d/x.txt'], ['b/x.txt', 'c/x.txt']],
  ['a+b/*.(x)', '/app/a+b', ['a+b/1.(x)'], ['aab/1.x']],
  ['.env*', '/app', ['.env', '.env.local'], ['env']],
  ['/etc/app/*.conf', '/etc/app', ['/etc/app/a.conf'], ['/etc/app/x/a.conf', '/etc/a.conf']],
  ['../shared/*.json', '/shared', ['/shared/a.json'], ['/app/a.json']],
] as const) {
  test(`${pattern} is watched from ${base} on`, () => {
    const { paths, names, reaches } = seen([pattern])
    const at = (path: string) => (path.startsWith('/') ? path : `/app/${path}`)
    assert.equal(paths[0], base)
    assert.deepEqual(
      files.filter((path) => !names(at(path))),
      [],
    )
    assert.deepEqual(
      others.filter((path) => names(at(path))),
      [],
    )
    const folders = files.map((path) => at(path).replace(/\/[^/]*$/, ''))
    assert.deepEqual(
      folders.filter((path) => !reaches(path)),
      [],
      'the way there is looked into',
    )
  })
}

test('what no pattern can reach is not looked into', () => {
  const { reaches } = seen(['*.html', 'src/*/x.js', 'docs'])
  const known = ['/app', '/', '/app/src', '/app/src/a', '/app/docs/deep']
  assert.deepEqual([...known, '/app/lib', '/app/src/a/b', '/other'].filter(reaches), known)
})

test('names that exist are not patterns, whatever they look like', (t) => {
  const dir = tempDir(t, { 'routes/[id].ts': '', 'a*b': '' })
  const { paths, names } = seen(['routes/[id].ts', 'a*b', 'later'], dir.path)
  assert.deepEqual(paths, [dir.file('routes/[id].ts'), dir.file('a*b'), dir.file('later')])
  assert.deepEqual([names(dir.file('routes/i.ts')), names(dir.file('later/x'))], [false, true])
})
