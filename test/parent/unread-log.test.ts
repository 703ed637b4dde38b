/** A log that nobody reads: stderr is full, and signals and restarts go on. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { test } from 'node:test'
import { appFiles, startApp, version } from '../helpers/app.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

interface Full {
  readonly stderr: number | Socket
  /** Starts to read: what was written before the program, and what it writes. */
  readonly read: () => Readable
}

/** What a shell's `|` and a container's runtime give a program. */
async function fullPipe(t: Test, dir: TempDir): Promise<Full> {
  const path = dir.file('pipe')
  spawnSync('mkfifo', [path])
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const stderr = openSync(path, constants.O_WRONLY)
  t.after(() => {
    for (const fd of [both, stderr]) closeSync(fd)
  })
  fill(() => writeSync(both, 'x'.repeat(4096)))
  return { stderr, read: () => createReadStream(path) }
}

/** What Node's own child processes and systemd's journal give it. */
async function fullSocket(t: Test, dir: TempDir): Promise<Full> {
  const server = createServer({ pauseOnConnect: true }).listen(dir.file('socket'))
  const stderr = connect(dir.file('socket'))
  const [[reader]] = (await Promise.all([once(server, 'connection'), once(stderr, 'connect')])) as [
    [Socket],
    [],
  ]
  t.after(() => void [server.close(), stderr.destroy(), reader.destroy()])
  // What is left over in this process must be little: the program makes the socket block, here as well.
  while (stderr.writableLength === 0) stderr.write('x'.repeat(1024))
  return { stderr, read: () => reader.resume() }
}

function fill(write: () => number): void {
  try {
    for (;;) write()
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN')
  }
}

for (const [what, full] of [
  ['pipe', fullPipe],
  ['socket', fullSocket],
] as const)
  test(`a full ${what} that nobody reads holds up no restart and no signal, and the lost lines are counted`, async (t) => {
    const dir = tempDir(t, appFiles())
    const { stderr, read } = await full(t, dir)
    const app = startApp(t, dir, { stdio: ['pipe', 'pipe', stderr], env: { EXIT75_LOG: 'debug' } })
    await app.says('ready 1 a')
    for (let generation = 2; generation < 8; generation += 1) {
      dir.write('version.js', version(`v${generation}`))
      await app.says(`ready ${generation} v${generation}`)
    }
    let story = ''
    read()
      .setEncoding('utf8')
      .on('data', (text: string) => (story += text))
    await until(
      'it is told',
      () => story,
      () => /\[exit75\] \d+ lines were left out here: nobody read stderr\n/.test(story),
    )
    dir.write('version.js', version('last'))
    await app.says('ready 8 last')
    await until(
      'the next line',
      () => story,
      () => /nobody read stderr\n[\s\S]*version\.js changed · restarted/.test(story),
    )
    app.signal('SIGTERM')
    assert.deepEqual(await app.ended, { code: null, signal: 'SIGTERM' })
  })
