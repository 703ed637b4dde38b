/** A standby whose parent is this test: what it is told, it hears. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Change } from '../../src/protocol/change.ts'
import { type ChildConfig, encodeChildConfig, ROLE_VARIABLE } from '../../src/protocol/child-config.ts'
import { encode } from '../../src/protocol/messages.ts'
import { NOTHING_AHEAD } from '../../src/protocol/packages.ts'
import { cleanEnvironment } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

const PIPE = 3
const ORDERS = 4

function standby(t: Test, app: string) {
  const dir = tempDir(t, { 'app.mjs': app })
  const config: ChildConfig = {
    parent: process.pid,
    toParentFd: PIPE,
    fromParentFd: ORDERS,
    launch: null,
    execArgv: [],
    nodeOptions: null,
    preloads: [],
    warm: [],
    reportsBoot: false,
    compileCache: null,
    hasLoader: false,
    file: null,
    entry: null,
    stateDirectory: dir.file('state'),
    sockets: {},
    comingSockets: null,
    socketFiles: [],
    watching: {
      startedAt: Date.now(),
      settle: null,
      poll: false,
      nodeModules: false,
      syntaxCheck: true,
      killTimeout: null,
      reportLoaded: false,
      reportEnd: false,
      overlap: false,
      trace: false,
      unreported: [],
      ignored: [],
      heldFiles: [],
    },
  }
  const preload = pathToFileURL(join(REPOSITORY, 'dist/preload.mjs')).href
  const child: ChildProcess = spawn(process.execPath, ['--import', preload, 'app.mjs'], {
    cwd: dir.path,
    env: { ...cleanEnvironment(), [ROLE_VARIABLE]: encodeChildConfig(config) },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stdio[PIPE]])
    (stream as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
  const fromParentFd = child.stdio[ORDERS] as Writable
  fromParentFd.write(encode({ is: 'preload', plan: NOTHING_AHEAD }))
  return {
    fromParentFd,
    output: () => said,
    ended,
    says: (what: RegExp) =>
      until(
        `it says ${what}`,
        () => said,
        () => what.exec(said) ?? undefined,
      ),
  }
}

test('hears what is said in one breath with its launch, which may be long', async (t) => {
  const { fromParentFd, says } = standby(
    t,
    `import { changes, restartSignal } from 'exit75'
     console.log('launched by', changes().length, changes().at(-1).path)
     while (!restartSignal.aborted) await new Promise(setImmediate)
     console.log(restartSignal.reason.message)`,
  )
  await says(/"held"/)
  const changes = Array.from({ length: 4000 }, (_, n): Change => ({ type: 'modified', path: `/größe/${n}` }))
  const words = [
    encode({ is: 'launch', launch: { generation: 2, changes } }),
    encode({ is: 'restart', reason: { is: 'requested', by: 'user', text: 'somebody asked: Müller' } }),
  ]
  const text = Buffer.from(words.join(''))
  assert.ok(text.length > 2 * 64 * 1024)
  fromParentFd.write(text)
  await says(/launched by 4000 \/größe\/3999/)
  await says(/"started"/)
  await says(/somebody asked: Müller\n/)
})

test('is gone when the parent is, before it has said a whole word', async (t) => {
  for (const firstStart of ['', '{"launch":{"generation":2,"chan']) {
    const { fromParentFd, says, output, ended } = standby(t, `console.log('launched')`)
    await says(/"held"/)
    fromParentFd.end(firstStart)
    assert.deepEqual(await ended, [null, 'SIGKILL'])
    assert.doesNotMatch(output(), /launched/)
  }
})
