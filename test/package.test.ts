import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { test } from 'node:test'
import { packed } from './helpers/packed.ts'
import { REPOSITORY } from './helpers/temp-dir.ts'

const paths = packed().files.map(({ path }) => path)
const textOf = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8')

interface Target {
  readonly types: string
  readonly default: string
}
const { bin, dependencies, exports, typesVersions } = JSON.parse(textOf('package.json'))

const isForCoverage = process.env.NODE_V8_COVERAGE !== undefined

test('the package holds the bundles, the types of the public names, the pages and what they show, and the schema of the configuration', () => {
  const others = paths
    .filter((path) => !/^dist\/[\w-]+\.([cm]?js(\.map)?|d\.c?ts)$|^\.github\/\S+\.svg$/.test(path))
    .sort()
  const pages = ['CHANGELOG.md', 'LICENSE', 'README.md', 'examples/README.md']
  assert.deepEqual(others, [...pages, 'config.schema.json', 'package.json'].sort())
  // In the build for the coverage each bundle has a map.
  const counted = paths.filter((path) => !isForCoverage || !path.endsWith('.map'))
  assert.ok(counted.length < 40, `${paths.length} files`)
  assert.ok(paths.includes(join(bin.exit75)))
})

test('each link of its pages leads to a part of the page, or into the package', () => {
  for (const page of ['README.md', 'examples/README.md', 'CHANGELOG.md']) {
    const text = textOf(page)
    const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const [, link = ''] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (link.startsWith('#')) assert.ok(titles.includes(link.slice(1)), `${page}: ${link}`)
      else
        assert.ok(
          paths.some((path) => `${path}/`.startsWith(`${join(page, '..', link)}/`)),
          `${page}: ${link}`,
        )
    }
  }
})

test('each public entry has one file of code and one of types, which needs no other', () => {
  const entries = Object.values(exports as Record<string, Record<string, Target> | string>).flatMap(
    (entry) => (typeof entry === 'object' ? Object.values(entry) : []),
  )
  assert.equal(entries.length, 9, 'three, each by three conditions')
  for (const { types, default: code } of entries) {
    assert.ok(paths.includes(join(code)), code)
    assert.doesNotMatch(textOf(types), /from ["']\.|import\(/, types)
  }
  const declared = paths.filter((path) => /\.d\.c?ts$/.test(path)).sort()
  assert.deepEqual(declared, [...new Set(entries.map(({ types }) => join(types)))].sort())
})

test('where TypeScript resolves as Node 10 did (`module: commonjs`) it does not read exports, and finds the types all the same', () => {
  const found = Object.entries(exports as Record<string, { require: Target } | string>).flatMap(
    ([name, entry]) =>
      typeof entry === 'string' || name === '.'
        ? []
        : [[name.slice(2), [entry.require.types.replace('.cts', '.ts')]]],
  )
  assert.deepEqual(typesVersions, { '*': Object.fromEntries(found) })
})

test('a bundle loads Node, the dependencies, and other bundles that are there', () => {
  const bundles = paths.filter((path) => /\.[cm]?js$/.test(path))
  assert.ok(bundles.length >= 9)
  for (const path of bundles) {
    const code = textOf(path)
    const names = [
      ...code.matchAll(
        /(?:\bfrom ?|\bimport ?|\bimport\(|\brequire\(|\bgetBuiltinModule\()(["'])([\w@.][\w@./:-]*)\1/g,
      ),
    ]
    assert.ok(names.length > 0, path)
    for (const [, , name = ''] of names) {
      if (name.startsWith('.')) assert.ok(paths.includes(join('dist', name)), `${path}: ${name}`)
      else if (name !== 'exit75')
        // in the text of an error
        assert.ok(name.startsWith('node:') || Object.hasOwn(dependencies, name), `${path}: ${name}`)
    }
  }
})

test('what programs import takes nothing from Node by import, which would load all that a module exports', () => {
  for (const name of ['index.js', 'register.js', 'preload.mjs'])
    assert.doesNotMatch(textOf(`dist/${name}`), /\b(from|import) ?"node:/, name)
})

test('what a child loads is not the code of the parent', () => {
  for (const name of ['index.js', 'preload.cjs', 'preload.mjs', 'watcher.cjs']) {
    const { sources } = JSON.parse(textOf(`dist/${name}.map`))
    assert.ok(sources.includes('../src/protocol/threads.ts'), name)
    assert.deepEqual(
      sources.filter((path: string) => /^..\/src\/(parent|cli|run-process)\//.test(path)),
      [],
      name,
    )
  }
})
