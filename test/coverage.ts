/**
 * `npm run coverage`: the suite, and which part of `src/` its parents, children and threads have reached.
 * Fails below the floor in package.json.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseJson } from '../src/protocol/json.ts'
import { REPOSITORY } from './helpers/temp-dir.ts'

const COVERAGE = join(REPOSITORY, 'coverage')
const RAW = join(COVERAGE, 'tmp')
const DIST = join(REPOSITORY, 'dist')
const OF_DIST = pathToFileURL(join(DIST, '/')).href
/** What tests import directly: Node has the maps of what the loader has made of it. */
const OF_SRC = pathToFileURL(join(REPOSITORY, 'src/')).href

rmSync(COVERAGE, { recursive: true, force: true })
const restore = hideMaps()
const tests = run(['--import', 'tsx', 'test/run.ts', ...process.argv.slice(2)], { NODE_V8_COVERAGE: RAW })
restore()
for (const name of readdirSync(RAW)) keepOurs(join(RAW, name))
writeFileSync(join(RAW, 'maps.json'), JSON.stringify({ result: [], 'source-map-cache': mapsOfDist() }))
const report = run(['node_modules/c8/bin/c8.js', 'report', `--temp-directory=${RAW}`])
process.exitCode = tests || report

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const options = { cwd: REPOSITORY, stdio: 'inherit', env: { ...process.env, ...env } } as const
  return spawnSync(process.execPath, args, options).status ?? 1
}

/** Each of some thousand processes would read the source maps, and write them down again; the report alone needs them. */
function hideMaps(): () => void {
  const files = readdirSync(DIST)
    .filter((name) => /\.[cm]?js$/.test(name))
    .map((name) => ({ path: join(DIST, name), code: readFileSync(join(DIST, name), 'utf8') }))
  for (const { path, code } of files) writeFileSync(path, code.replace(/^\/\/# sourceMappingURL=.*$/m, ''))
  return () => {
    for (const { path, code } of files) writeFileSync(path, code)
  }
}

function keepOurs(file: string): void {
  const coverage = parseJson(readFileSync(file, 'utf8')) as Coverage | undefined
  if (coverage === undefined) return rmSync(file) // a process was killed while it wrote this
  const result = coverage.result.filter(({ url }) => url.startsWith(OF_DIST) || url.startsWith(OF_SRC))
  const maps = Object.entries(coverage['source-map-cache'] ?? {}).filter(([url]) => url.startsWith(OF_SRC))
  writeFileSync(file, JSON.stringify({ result, 'source-map-cache': Object.fromEntries(maps) }))
}

/** As Node would have written them, but with the sources as paths: c8 does not recognize others if there are several. */
function mapsOfDist(): Record<string, { readonly data: SourceMap }> {
  const names = readdirSync(DIST).filter((name) => name.endsWith('.map'))
  return Object.fromEntries(
    names.map((name) => {
      const map = parseJson(readFileSync(join(DIST, name), 'utf8')) as SourceMap
      const sources = map.sources.map((source) => resolve(DIST, source))
      return [`${OF_DIST}${name.replace(/\.map$/, '')}`, { data: { ...map, sources } }]
    }),
  )
}

interface SourceMap {
  readonly sources: readonly string[]
}

interface Coverage {
  readonly result: readonly { readonly url: string }[]
  readonly 'source-map-cache'?: Readonly<Record<string, unknown>>
}
