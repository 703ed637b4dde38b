import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { test } from 'node:test'
import { packed } from './helpers/packed.ts'
import { REPOSITORY } from './helpers/temp-dir.ts'

const paths = packed().files.map(({ path }) => path)

test('the package holds the code, the types of the public names, and three pages', () => {
  const others = paths.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path)).sort()
  assert.deepEqual(others, ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
})

test('the types that are in the package are those that a public name leads to, and no folder of others', () => {
  const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
  const entries = Object.values(exports as Record<string, { types?: string }>).flatMap(({ types }) =>
    types === undefined ? [] : [join(types)],
  )
  assert.ok(entries.includes('dist/index.d.ts'))
  const needed = new Set<string>()
  const follow = (file: string) => {
    if (needed.has(file)) return
    needed.add(file)
    const code = readFileSync(join(REPOSITORY, file), 'utf8')
    for (const [, to = ''] of code.matchAll(/(?:from |import\(?)['"](\.[^'"]*)['"]/g))
      follow(join(dirname(file), to.replace(/\.[jt]s$/, '.d.ts')))
  }
  for (const entry of entries) follow(entry)
  const types = paths.filter((path) => path.endsWith('.d.ts'))
  assert.deepEqual(
    [...needed].filter((path) => !types.includes(path)),
    [],
    'to be named in "files"',
  )
  assert.deepEqual(
    types.filter((path) => !needed.has(path) && dirname(path) !== 'dist'),
    [],
    'of no use',
  )
})
