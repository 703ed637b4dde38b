import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { descendants, isAlive, start } from '../../helpers/start.ts'
import { REPOSITORY, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

for (const [what, app] of [
  ['a program', 'setInterval(() => {}, 1000)'],
  ['an app', `import { launchChild, PARENT } from 'exit75'\nif (PARENT) launchChild()`],
] as const)
  test(`${what} that waits for a debugger restarts for an edit, and ends at a Ctrl-C`, async (t) => {
    const dir = tempDir(t, { 'app.mjs': app })
    const command = `${REPOSITORY}/dist/cli.cjs`
    const run = start(t, [command, '--inspect-brk=127.0.0.1:0', 'app.mjs'], { cwd: dir.path })
    await run.says('Debugger listening on')
    await sleep(3500) // beyond the time after which a child that says nothing is no longer waited for
    dir.write('app.mjs', `${app}\n// edited`)
    await run.says('Debugger listening on')
    run.signal('SIGINT')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGINT' })
  })

const isLinux = process.platform === 'linux'
test('an app that is stuck in the start of Node restarts for an edit', {
  skip: !isLinux && 'needs /proc',
}, async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { launchChild, onRestart, PARENT } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild()
      else {
        onRestart(() => {})
        setInterval(() => {}, 1000)
        console.log('ready')
      }`,
    'version.mjs': '// 1',
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0', EXIT75_LOG: 'debug' } })
  const edit = () => dir.write('version.mjs', `// ${Math.random()}`)
  // Its own command line shows that it has become Node: until then, the parent waits for it.
  const isNode = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('preload')
  const stopped = async () => {
    await run.says('ready')
    const [before] = descendants(run.pid)
    edit()
    const pid = await until('there is a new child', run.output, () =>
      descendants(run.pid).find((pid) => pid !== before && isNode(pid)),
    )
    process.kill(pid, 'SIGSTOP')
    await sleep(500) // on a loaded machine it has come further: then what it has said arrives now
    return pid
  }
  const isInStart = (pid: number) => !run.output().includes(`child ${pid} started`)
  let stuck = await stopped()
  for (; !isInStart(stuck); stuck = await stopped()) process.kill(stuck, 'SIGCONT')
  edit()
  await run.says('ready')
  assert.ok(!isAlive(stuck))
})
