/** The architecture, as src/README.md describes it: who may import whom, for types alone as well. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { test } from 'node:test'
import { REPOSITORY } from './helpers/temp-dir.ts'

const SOURCE = join(REPOSITORY, 'src')

const SHARED = ['protocol', 'system', 'deferred.ts', 'registry.ts', 'role.ts', 'log.ts', 'watch']

/** Folders and files of src/, the lowest first, each with what it may import beside its own files. */
const LAYERS: Record<string, readonly string[]> = {
  protocol: [],
  system: ['protocol'],
  'deferred.ts': [],
  'log.ts': ['protocol', 'system'],
  'registry.ts': ['protocol'],
  'find-role.ts': ['protocol', 'system', 'registry.ts'],
  'role.ts': ['protocol', 'registry.ts', 'find-role.ts'],
  watch: ['protocol', 'system', 'deferred.ts', 'log.ts'],
  options: ['protocol', 'system', 'log.ts', 'watch'],
  app: SHARED,
  'early-child.ts': ['protocol', 'system'],
  parent: [...SHARED, 'options', 'early-child.ts'],
  'load-parent.ts': ['system', 'parent'],
  'launch.ts': ['protocol', 'system', 'role.ts', 'watch', 'early-child.ts', 'load-parent.ts', 'options'],
  cli: [...SHARED, 'early-child.ts', 'find-role.ts', 'load-parent.ts', 'options', 'parent'],
  'run-process': [...SHARED, 'load-parent.ts', 'options', 'parent', 'cli'],
  'register.ts': ['system', 'role.ts', 'load-parent.ts', 'options', 'cli'],
  'index.ts': ['protocol', 'system', 'role.ts', 'options', 'app', 'launch.ts'],
  // The standby loads the package as the app is about to, so that it is there.
  child: [...SHARED, 'find-role.ts', 'index.ts'],
}

/**
 * What other folders may import of a folder with a door. Folders that are not here are open: of protocol,
 * system, options and watch each file is for everybody, and of app for index.ts.
 */
const DOORS: Record<string, readonly string[]> = {
  child: [],
  cli: ['find-command.ts', 'find-program.ts', 'nearest-path.ts', 'run.ts', 'typescript.ts'],
  // The first one brings the whole parent; the others are what is needed without it.
  parent: ['index.ts', 'leave.ts', 'programs/node-flags.ts', 'start.ts', 'terminal.ts'],
  'run-process': [],
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('.ts'))
const imports = new Map(files.map((file) => [file, importedBy(file)]))

/** The layer of a file: its folder, or itself. */
const layerOf = (file: string): string => file.split('/')[0] as string

/** Each import as `importer > imported`, of those that go from one layer to another. */
const betweenLayers = (): [file: string, imported: string][] =>
  [...imports].flatMap(([file, all]) =>
    all.filter((one) => layerOf(one) !== layerOf(file)).map((one): [string, string] => [file, one]),
  )

test('every file and every folder of src/ is in one layer, and imports of all kinds are found', () => {
  assert.deepEqual([...new Set(files.map(layerOf))].sort(), Object.keys(LAYERS).sort())
  assert.ok(imports.get('register.ts')?.includes('options/config.ts'), 'for its functions')
  assert.ok(imports.get('log.ts')?.includes('protocol/change.ts'), 'for its types')
  assert.ok(imports.get('index.ts')?.includes('launch.ts'), 'by an export')
})

test('a layer imports those that are named for it', () => {
  const wrong = betweenLayers().filter(([file, one]) => !LAYERS[layerOf(file)]?.includes(layerOf(one)))
  assert.deepEqual(shown(wrong), [])
})

test('a layer imports only what is below it, and what runs in the parent and in the child is never mixed', () => {
  const order = Object.keys(LAYERS)
  for (const [layer, below] of Object.entries(LAYERS))
    assert.deepEqual(
      below.filter((one) => order.indexOf(one) >= order.indexOf(layer)),
      [],
      layer,
    )
  assert.ok(!LAYERS.child?.includes('parent') && !LAYERS.parent?.includes('child'))
  for (const shared of SHARED)
    assert.ok(!['parent', 'child', 'cli', 'app'].some((one) => LAYERS[shared]?.includes(one)))
})

test('a folder is entered by its doors, and each of them is used', () => {
  const entered = betweenLayers().filter(([, one]) => layerOf(one) in DOORS)
  const isDoor = (file: string) => DOORS[layerOf(file)]?.includes(file.slice(layerOf(file).length + 1))
  assert.deepEqual(shown(entered.filter(([, one]) => !isDoor(one))), [])
  const doors = Object.entries(DOORS).flatMap(([folder, names]) => names.map((name) => `${folder}/${name}`))
  const used = new Set(entered.map(([, one]) => one))
  assert.deepEqual(
    doors.filter((door) => !used.has(door)),
    [],
  )
})

test('what the command and the parent both hold, in the same process, keeps no state', () => {
  const both = new Set<string>()
  const visit = (file: string) => {
    if (both.has(file)) return
    both.add(file)
    importedBy(file, /import type [^']*'[^']*'/g).forEach(visit)
  }
  for (const door of ['early-child.ts', 'parent/start.ts']) visit(door)
  const STATE =
    /^(?:export )?(?:let |const \w+(?:: [^=]*)? = new (?:Map|Set|WeakMap|WeakSet)(?:<[^=]*>)?\(\))/m
  const withState = [...both].filter((file) => STATE.test(readFileSync(join(SOURCE, file), 'utf8')))
  // A cache, by the path.
  assert.deepEqual(withState, ['system/private-directory.ts'])
  assert.ok(both.size > 30, String(both.size))
})

test('no file imports itself by way of others', () => {
  assert.deepEqual(circles(), [])
})

function importedBy(file: string, without = /(?!)/g): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8').replace(without, '')
  const all = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']*)'/g)].map(([, to = '']) => to)
  return [
    ...new Set(
      all.map((to) =>
        relative(SOURCE, join(SOURCE, file, '..', to))
          .split(sep)
          .join('/'),
      ),
    ),
  ]
}

/** One for each import that closes a circle. */
function circles(): string[] {
  const closed: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) closed.push([...path.slice(path.indexOf(file)), file].join(' > '))
    if (path.includes(file) || done.has(file)) return
    for (const one of imports.get(file) ?? []) visit(one, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return closed
}

const shown = (all: readonly [string, string][]): string[] => all.map(([file, one]) => `${file} > ${one}`)
