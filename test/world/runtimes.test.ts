/** Bun and Deno, from npm: importing never fails, `launchChild()` says what is missing, and `runProcess()` works. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installInto } from '../helpers/install.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { pinned } from './packages.ts'

const APP = `
import { createServer } from 'node:http'
import {
  CHILD, changes, drain, generation, launchChild, listenOn, onRestart, PARENT, ready, requestRestart,
  restartSignal, savedState, saveState, shouldRestart, watch,
} from 'exit75'

async function main() {
  saveState(1)
  watch('app.mjs')()
  onRestart(() => {})()
  requestRestart()
  console.log('neither', CHILD, generation, changes(), shouldRestart(), restartSignal.aborted, savedState())
  const server = createServer((_request, response) => response.end('answered'))
  await new Promise((resolve) => server.listen({ ...listenOn(0), host: '127.0.0.1' }, resolve))
  ready()
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text())
  await drain(server)
  console.log('drained')
}

console.log('imported by', process.pid)
if (PARENT) launchChild()
else main()
`

for (const [name, packageName, args] of [
  ['Bun', 'bun', []],
  ['Deno', 'deno', ['run', '--allow-all']],
] as const) {
  const begin = (t: Parameters<typeof tempDir>[0], env: NodeJS.ProcessEnv) => {
    const dir = tempDir(t, { 'package.json': '{"type":"module"}', 'app.mjs': APP })
    installInto(dir.path, pinned(packageName))
    const command = dir.file(`node_modules/.bin/${name.toLowerCase()}`)
    return startCommand(t, command, [...args, 'app.mjs'], { cwd: dir.path, env })
  }

  test(`${name}: with EXIT75=off the program runs, without restarts`, async (t) => {
    const run = begin(t, { EXIT75: 'off' })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
    assert.match(run.output(), /^neither false 0 \[\] false false undefined\nanswered\ndrained$/m)
  })

  test(`${name}: launchChild() says in one line what is missing and what to do, and starts nothing`, async (t) => {
    const run = begin(t, {})
    assert.deepEqual(await run.ended, { code: 1, signal: null }, run.output())
    const [imported = '', refusal = '', ...more] = run.output().trim().split('\n')
    assert.match(imported, /^imported by \d+$/)
    assert.ok(refusal.startsWith(`[exit75] launchChild(): this program runs in ${name}, `), run.output())
    assert.ok(refusal.endsWith(' · run it with node, or without restarts: set EXIT75=off in the environment'))
    assert.deepEqual(more, [], 'a child would import it, too')
  })

  test(`${name}: runProcess() runs a command again for an edit`, async (t) => {
    const host =
      "import { runProcess } from 'exit75/run'\nawait runProcess('data', { target: 'cat data/word' })"
    const dir = tempDir(t, { 'package.json': '{"type":"module"}', 'app.mjs': host, 'data/word': 'one\n' })
    installInto(dir.path, pinned(packageName))
    const command = dir.file(`node_modules/.bin/${name.toLowerCase()}`)
    const run = startCommand(t, command, [...args, 'app.mjs'], { cwd: dir.path })
    for (const word of ['two', 'three']) {
      await run.says('[exit75] the app exited with 0 · waiting for a change')
      dir.write('data/word', `${word}\n`)
      await run.says(word)
    }
  })
}
