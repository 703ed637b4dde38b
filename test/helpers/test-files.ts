/** The one place that knows which test files there are, and how each of them is run. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { REPOSITORY } from './temp-dir.ts'

/** What needs packages from the registry, and what runs for long: `npm run test:world`. */
const WORLD = 'test/world/'

/**
 * Run one after the other when everything else is done: what happens in the same few milliseconds is
 * their subject, or they keep both cores busy themselves.
 */
const SERIAL: readonly string[] = [
  'test/fuzz.test.ts', // signals and edits at random instants
  'test/parent/generation/back-off.test.ts', // counts launches per second
  'test/parent/signals.test.ts', // signals at every instant of a start
]

/** What only Windows has. */
const WINDOWS = 'test/windows/'

/** Beside those, what holds there too: the others need what Windows lacks, or say it in words of other systems. */
const ALSO_ON_WINDOWS: readonly string[] = [
  'test/cli/command-line.test.ts',
  'test/cli/executable.test.ts',
  'test/parent/generation/child-state.test.ts',
  'test/parent/generation/succession.test.ts',
  'test/system/',
]

/** Every test file but those of the world; with names, all whose path contains one of them. */
export function testFiles(names: readonly string[] = []): string[] {
  if (process.platform === 'win32') return windowsFiles(names)
  const all = allTestFiles().filter((file) => !file.startsWith(WINDOWS))
  if (names.length === 0) return all.filter((file) => !file.startsWith(WORLD))
  return all.filter((file) => names.some((name) => file.includes(name)))
}

export const windowsFiles = (names: readonly string[] = []): string[] =>
  allTestFiles()
    .filter((file) => [WINDOWS, ...ALSO_ON_WINDOWS].some((one) => file.startsWith(one)))
    .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))

export function worldFiles(names: readonly string[] = []): string[] {
  const all = allTestFiles().filter((file) => file.startsWith(WORLD))
  return all.filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
}

export function allTestFiles(): string[] {
  // Node 20 knows no globs here, and without a list it would run the fixtures, too.
  return readdirSync(join(REPOSITORY, 'test'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path).split(sep).join('/'))
    .filter((path) => path.endsWith('.test.ts') && !path.includes('/fixtures/'))
    .sort()
}

export const isSerial = (file: string): boolean => SERIAL.includes(file)

/** Whether a test file starts no process and no thread, so that one Node is enough for it. */
export function isInMemory(file: string): boolean {
  const seen = new Set<string>()
  const follow = (path: string): boolean => {
    if (seen.has(path) || !path.startsWith('test/')) return true
    seen.add(path)
    const code = readFileSync(join(REPOSITORY, path), 'utf8')
    if (/from 'node:(child_process|worker_threads|net|http2?|https)'/.test(code)) return false
    const imported = [...code.matchAll(/(?:from|import|import\()\s*'(\.[^']*)'/g)]
    return imported.every(([, to = '']) =>
      follow(
        relative(REPOSITORY, join(REPOSITORY, dirname(path), to))
          .split(sep)
          .join('/'),
      ),
    )
  }
  return follow(file)
}
