import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { REPOSITORY } from './helpers/temp-dir.ts'

const SOURCE = join(REPOSITORY, 'src')

/** Each source file with the files that it imports, also for their types alone. */
function imports(): Map<string, string[]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  return new Map(
    files.map((name) => {
      const text = readFileSync(join(SOURCE, name), 'utf8')
      const found = [...text.matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)].map((match) => match[1] as string)
      return [name, found.map((one) => relative(SOURCE, join(SOURCE, name, '..', one)))]
    }),
  )
}

test('what runs in the parent and what runs in the child do not import each other', () => {
  const all = imports()
  assert.ok(all.get('parent/loop.ts')?.includes('parent/leave.ts'), 'imports are found at all')
  for (const [file, imported] of all) {
    const [folder] = file.split('/')
    const other = { parent: 'child/', child: 'parent/' }[folder as string]
    if (other === undefined) continue
    assert.deepEqual(
      imported.filter((one) => one.startsWith(other)),
      [],
      file,
    )
  }
})

test('what both use imports neither', () => {
  for (const [file, imported] of imports()) {
    if (
      !file.startsWith('watch/') &&
      !['registry.ts', 'role.ts', 'log.ts'].includes(file) &&
      !/^(protocol|system|options)\//.test(file)
    )
      continue
    assert.deepEqual(
      imported.filter((one) => /^(parent|child)\//.test(one)),
      [],
      file,
    )
  }
})
