/** However the program ends: what the parent holds for it is gone, and nobody else's. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, unlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { asked } from '../../helpers/listeners.ts'
import { isAlive, type Run, start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

for (const [what, child, options, act] of [
  ['exits', "process.stdin.once('data', () => process.exit(3))", '', (p: Run) => p.type('go\n')],
  ['is sent SIGINT', '', '', (p: Run) => p.signal('SIGINT')],
  ['is killed (the parent)', '', '', (p: Run) => p.signal('SIGKILL')],
  [
    'is killed (the parent), and the main thread is busy',
    "for (;;) saveState('again')",
    'killTimeout: 300',
    (p: Run) => p.signal('SIGKILL'),
  ],
  [
    'exits from a callback of the parent',
    "process.stdin.once('data', () => process.exit(75))",
    'onRestart: () => process.exit(4)',
    (p: Run) => p.type('go\n'),
  ],
] as const) {
  test(`state and sockets are gone when the program ${what}`, async (t) => {
    const dir = tempDir(t, {
      'app.mjs': `
        import net from 'node:net'
        import { PARENT, launchChild, listenOn, saveState } from 'exit75'
        const listen = ['./ours.sock', './taken.sock']
        if (PARENT) launchChild({ listen, ${options} })
        else {
          saveState('something')
          await Promise.all(listen.map((where) => new Promise((resolve) => net.createServer().listen(listenOn(where), resolve))))
          console.log('ready', process.pid)
          ${child}
        }`,
      'tmp/.keep': '',
    })
    const run = start(t, ['app.mjs'], {
      cwd: dir.path,
      env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '', EXIT75_STANDBY: '0' },
    })
    const [, pid] = await run.says(/ready (\d+)/)
    assert.equal(readdirSync(dir.file(`tmp/exit75-${process.getuid?.()}`)).length, 1)
    assert.ok(existsSync(dir.file('ours.sock')))
    unlinkSync(dir.file('taken.sock'))
    const other = createServer((socket) => socket.resume().end('somebody else')).listen(
      dir.file('taken.sock'),
    )
    t.after(() => void other.close())
    await once(other, 'listening')
    act(run)
    await run.ended
    await until('the child is gone', run.output, () => !isAlive(Number(pid)))
    assert.deepEqual(readdirSync(dir.file('tmp')), ['.keep'])
    assert.ok(!existsSync(dir.file('ours.sock')))
    assert.equal(await asked(dir.file('taken.sock')), 'somebody else')
  })
}
