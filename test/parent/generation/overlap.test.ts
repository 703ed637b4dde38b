import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from '../../helpers/in-turn.ts'
import { descendants, isAlive, type Run, start } from '../../helpers/start.ts'
import { type TempDir, tempDir } from '../../helpers/temp-dir.ts'
import { until } from '../../helpers/until.ts'

/** A server on a socket of the parent's; `version.js` decides when it is ready. */
const APP = `
import http from 'node:http'
import { PARENT, drain, generation, launchChild, listenOn, onRestart, ready } from 'exit75'
if (PARENT) launchChild({ listen: [0], overlap: true, readyTimeout: 6000 })
else {
  const { version, boot } = await import('./version.js')
  const server = http.createServer((_request, response) => response.end(version))
  server.listen(listenOn(0), async () => {
    console.log('listening', server.address().port, generation, version)
    await boot
    ready()
  })
  onRestart(() => drain(server))
  process.on('exit', (code) => console.log('gone', generation, code))
}
`
const version = (name: string, boot = 'undefined') => `export const version = '${name}', boot = ${boot}`
const NEVER = 'new Promise(() => {})'
const UNTIL_GO = 'new Promise((resolve) => setInterval(() => existsSync("go") && resolve(), 5))'

function project(t: { after: (fn: () => void) => void }): TempDir {
  return tempDir(t, { 'package.json': '{"type":"module"}', 'app.js': APP, 'version.js': version('a') })
}

async function listening(app: Run, name: string): Promise<{ port: string; generation: string }> {
  const [, port = '', generation = ''] = await app.says(new RegExp(`^listening (\\d+) (\\d+) ${name}$`))
  return { port, generation }
}

const answer = async (port: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}`)).text()

/** One program; `last` is the generation that serves. */
test('overlap', async (t) => {
  const dir = project(t)
  const app = start(t, ['app.js'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  const first = await listening(app, 'a')
  const { port } = first
  let last = first.generation
  const serves = async (name: string) => {
    await app.says(`gone ${last} 75`)
    ;[, last = ''] = new RegExp(`^listening \\d+ (\\d+) ${name}$`, 'm').exec(app.output()) ?? []
    assert.equal(await answer(port), name)
  }
  const stays = async (name: string, message: RegExp) => {
    await app.says(message)
    await until('the old code answers alone', app.output, async () => (await answer(port)) === name)
  }

  await inTurn(t, [
    [
      'lets the old code serve until the new code is ready, and go then',
      async () => {
        dir.write('version.js', `import { existsSync } from 'node:fs'\n${version('b', UNTIL_GO)}`)
        await listening(app, 'b')
        assert.equal(app.count(/took over/), 0)
        assert.equal(app.count(/^gone/), 0)
        dir.write('go', '')
        await app.says('[exit75] version.js changed · the new code took over in')
        await serves('b')
      },
    ],
    [
      'keeps the old code when the new one throws',
      () => {
        dir.write('version.js', 'throw new Error("boom")')
        return stays('b', /the new code ended with 1 before it was ready · the running code stays/)
      },
    ],
    [
      '… when it exits',
      () => {
        dir.write('version.js', 'process.exit(0)')
        return stays('b', /the new code ended with 0 before it was ready · the running code stays/)
      },
    ],
    [
      '… when it hangs, and tries the next save',
      async () => {
        dir.write('version.js', version('bad', NEVER))
        await stays('b', /the new code was not ready within 6\.0 s \(readyTimeout\) · the running code stays/)
        dir.write('version.js', version('c'))
        await serves('c')
        assert.equal(app.count(/the running code stays/), 3)
      },
    ],
    [
      'tries code that is not ready again, at SIGUSR2',
      async () => {
        dir.write('version.js', version('again', NEVER))
        await listening(app, 'again')
        app.signal('SIGUSR2')
        await listening(app, 'again')
        assert.equal(app.count(/the running code stays/), 3)
      },
    ],
    [
      'gives up new code that is outrun by newer code',
      async () => {
        dir.write('version.js', version('d', NEVER))
        await listening(app, 'd')
        dir.write('version.js', version('e'))
        await serves('e')
        assert.equal(app.count(/the running code stays/), 3)
      },
    ],
    [
      'asks with SIGUSR2 as well',
      async () => {
        app.signal('SIGUSR2')
        await app.says('[exit75] SIGUSR2 · the new code took over in')
        await app.says(`gone ${last} 75`)
      },
    ],
    [
      'takes a save that comes between two generations into the next one',
      async () => {
        for (const name of ['f', 'g', 'h']) {
          dir.write('version.js', version(name))
          const before = app.output().length
          await until('something happens', app.output, () => app.output().length > before)
        }
        await until('the newest code took over', app.output, () =>
          /listening \d+ \d+ h\n[\s\S]*took over/.test(app.output()),
        )
        // Until the one before it has heard that it is over, both accept.
        for (let now = '', asked = 1; now !== 'h'; asked += 1) {
          assert.ok(asked < 1000, `still ${now}`)
          now = await answer(port)
        }
        await until('it is alone', app.output, () => descendants(app.pid).length === 1)
      },
    ],
    [
      'passes a signal on to both, and ends as the newest does',
      async () => {
        dir.write('version.js', version('i', NEVER))
        await listening(app, 'i')
        const pids = descendants(app.pid)
        assert.equal(pids.length, 2)
        app.signal('SIGTERM')
        assert.deepEqual(await app.ended, { code: null, signal: 'SIGTERM' })
        await until('all are gone', app.output, () => pids.every((pid) => !isAlive(pid)))
      },
    ],
  ])
})

test('overlap hands over what was kept before the new code asked; code that is never ready keeps nothing', async (t) => {
  const code = ({ early = false, late = false, more = '' }) => `
    import { generation, onRestart, ready, savedState, saveState } from 'exit75'
    console.log('got', generation, savedState())
    ${early ? "saveState('early ' + generation)" : ''}
    ${more}
    onRestart(() => ${late ? "saveState('late ' + generation)" : '{}'})
    process.on('exit', () => console.log('gone', generation, savedState()))
    ready()`
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild({ overlap: true })
      else await import('./main.mjs')
      setInterval(() => {}, 1000)`,
    'main.mjs': code({ early: true, late: true }),
  })
  const app = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  await app.says('got 1 undefined')
  dir.write('main.mjs', code({}))
  await app.says('got 2 early 1')
  await app.says('gone 1')
  dir.write('main.mjs', code({ early: true, late: true, more: '// 3' }))
  await app.says('got 3 late 1')
  await app.says('gone 2 early 1') // the same at every call
  dir.write('main.mjs', code({ early: true, more: "throw new Error('boom')" }))
  await app.says(/the new code ended with 1 before it was ready/)
  dir.write('main.mjs', code({ early: true, more: '// 5' }))
  await app.says('got 5 early 3') // not what 4 has kept
  await app.says('gone 3')
  dir.write('main.mjs', code({ more: '// 6' }))
  await app.says('got 6 early 5') // of two that have kept something the newer counts
})
