/** examples/job-worker.ts, edited again and again: twenty restarts, and on Node 20 a database from npm. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endsClean } from '../helpers/ending.ts'
import { installInto } from '../helpers/install.ts'
import { SQLITE_PACKAGES } from '../helpers/sqlite.ts'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

test('over twenty restarts: no job lost, none done twice, none half done', async (t) => {
  const dir = tempDir(t, { 'package.json': '{"type":"module"}' })
  try {
    if (SQLITE_PACKAGES.length > 0) installInto(dir.path, SQLITE_PACKAGES)
  } catch (error) {
    return t.skip(`neither node:sqlite nor a way to install or compile its stand-in: ${error}`)
  }
  cpSync(join(REPOSITORY, 'examples/job-worker.ts'), dir.file('job-worker.ts'))
  const code = readFileSync(dir.file('job-worker.ts'), 'utf8')
  assert.ok(code.includes("'hello'"))
  const run = start(t, ['job-worker.ts'], {
    cwd: dir.path,
    flags: ['--import', import.meta.resolve('tsx')],
    env: { JOBS: '240' },
  })
  for (let restart = 1; restart <= 20; restart += 1) {
    await run.says(restart === 1 ? 'hello: job' : `hello ${restart - 1}: job`)
    dir.write('job-worker.ts', code.replace("'hello'", `'hello ${restart}'`))
  }
  await run.says('hello 20: job')
  assert.deepEqual(await endsClean(run, () => {}), { code: 0, signal: null })
  assert.equal(run.count('all done, 0 lost, half done or done twice'), 1)
  assert.equal(run.count(/\[exit75\] job-worker\.ts changed · restarted/), 20)
})
