/**
 * `npm run coverage`: the suite, and which part of `src/` its parents, children and threads have reached.
 * Fails below the floor in package.json.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseJson } from '../src/protocol/json.ts'
import { REPOSITORY } from './helpers/temp-dir.ts'

const COVERAGE = join(REPOSITORY, 'coverage')
const RAW = join(COVERAGE, 'tmp')
const DIST = pathToFileURL(join(REPOSITORY, 'dist/')).href

rmSync(COVERAGE, { recursive: true, force: true })
const tests = run(['--import', 'tsx', 'test/run.ts', ...process.argv.slice(2)], { NODE_V8_COVERAGE: RAW })
for (const name of readdirSync(RAW)) withPathsOfSources(join(RAW, name))
const report = run(['node_modules/c8/bin/c8.js', 'report', `--temp-directory=${RAW}`])
process.exitCode = tests || report

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const options = { cwd: REPOSITORY, stdio: 'inherit', env: { ...process.env, ...env } } as const
  return spawnSync(process.execPath, args, options).status ?? 1
}

/** Node names the sources of a map by their addresses, which c8 does not recognize if there are several. */
function withPathsOfSources(file: string): void {
  const coverage = parseJson(readFileSync(file, 'utf8')) as Coverage | undefined
  if (coverage === undefined) return rmSync(file) // a process was killed while it wrote this
  for (const [url, { data }] of Object.entries(coverage['source-map-cache'] ?? {}))
    if (url.startsWith(DIST) && data) data.sources = data.sources.map((one) => fileURLToPath(one))
  writeFileSync(file, JSON.stringify(coverage))
}

interface Coverage {
  readonly 'source-map-cache'?: Record<string, { readonly data: { sources: string[] } | null }>
}
