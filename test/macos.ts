/**
 * `npm run test:macos`: the tests of what is watched, or those named, where events behave as on macOS
 * (helpers/macos/events.cjs) and this package takes the system for one. They run in a copy, so that
 * nothing of it is in the package.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from './helpers/temp-dir.ts'

/** The test files in whose subject the events of directories have a part. */
const WATCHED = ['test/watch/', 'test/child/', 'test/run-process/filters', 'test/restart']

const names = process.argv.slice(2)
const copy = realpathSync(mkdtempSync(join(tmpdir(), 'exit75-macos-')))
try {
  for (const name of ['src', 'test', 'dist', 'examples', 'package.json', 'README.md', 'tsconfig.json'])
    cpSync(join(REPOSITORY, name), join(copy, name), { recursive: true })
  // Not the caches, which know how long each test takes elsewhere.
  mkdirSync(join(copy, 'node_modules'))
  for (const name of readdirSync(join(REPOSITORY, 'node_modules')))
    if (name !== '.cache')
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(copy, 'node_modules', name), 'junction')
  const events = join(copy, 'test/helpers/macos/events.cjs')
  for (const folder of ['src', 'dist', 'test/watch/filter'])
    for (const name of readdirSync(join(copy, folder), { recursive: true, encoding: 'utf8' }))
      if (/\.[cm]?[jt]s$/.test(name)) adapt(join(copy, folder, name), events)
  const run = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/run.ts', ...(names.length > 0 ? names : WATCHED)],
    { cwd: copy, stdio: 'inherit', env: { ...process.env, NODE_OPTIONS: `--require "${events}"` } },
  )
  const [code] = await once(run, 'exit')
  process.exitCode = code ?? 1
} finally {
  rmSync(copy, { recursive: true, force: true, maxRetries: 5 })
}

function adapt(file: string, events: string): void {
  const text = readFileSync(file, 'utf8').replaceAll('process.platform', '"darwin"')
  writeFileSync(file, text.includes('node-watch') ? withEvents(file, text, JSON.stringify(events)) : text)
}

/** What watches in a thread, which gets no flags of the process. Sources are left alone, their tests are given the flag. */
function withEvents(file: string, text: string, events: string): string {
  if (file.endsWith('.cjs')) return text.replace(/^("use strict";)?/, `$1require(${events});`)
  return file.endsWith('.js') ? `import ${events};${text}` : text
}
