import assert from 'node:assert/strict'
import { test } from 'node:test'
import { start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const APP = {
  'app.mjs': `
    import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
    import './version.mjs'
    if (PARENT) launchChild()
    else {
      process.on('message', (message) => process.send({ generation, echo: message }))
      process.on('disconnect', () => console.log('disconnected', generation))
      setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
      process.send({ generation, hello: process.send.name !== undefined })
    }`,
  'version.mjs': '// 1',
}

const MESSAGES = {
  json: { text: 'ü', list: [1, null, { deep: true }] },
  advanced: { map: new Map([['a', new Date(5)]]), big: 5n, bytes: new Uint8Array([1, 2]), set: new Set([1]) },
} as const

for (const serialization of ['json', 'advanced'] as const) {
  test(`messages pass both ways in every generation, none of ours is among them, and one that comes between two children is for the next one (${serialization})`, async (t) => {
    const dir = tempDir(t, {
      ...APP,
      'app.mjs': APP['app.mjs'].replace(
        'launchChild()',
        "launchChild({ onRestart: () => new Promise((resolve) => { process.send('gap'); setTimeout(resolve, 100) }) })",
      ),
    })
    const run = start(t, ['app.mjs'], {
      cwd: dir.path,
      serialization,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      env: { EXIT75_STANDBY: '0' },
    })
    const message = MESSAGES[serialization]
    const heard: unknown[] = []
    run.process.on('message', (one) => {
      heard.push(one)
      if (one === 'gap') run.process.send('in the gap')
    })
    const hears = (count: number) =>
      until(
        `${count} messages`,
        () => JSON.stringify(heard, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)) + run.output(),
        () => heard.length >= count,
      )
    await hears(1)
    run.process.send(message)
    await hears(2)
    assert.deepEqual(heard.splice(0), [
      { generation: 1, hello: true },
      { generation: 1, echo: message },
    ])
    dir.write('version.mjs', '// 2')
    await hears(3)
    run.process.send(message)
    await hears(4)
    assert.equal(heard.shift(), 'gap')
    const [first, second, third] = heard as { hello?: boolean; echo?: unknown }[]
    // The hello may come before or after the echo of what waited.
    assert.deepEqual(
      [first, second].sort((one) => (one?.hello ? -1 : 1)),
      [
        { generation: 2, hello: true },
        { generation: 2, echo: 'in the gap' },
      ],
    )
    assert.deepEqual(third, { generation: 2, echo: message })
    run.process.disconnect()
    await run.says('disconnected')
  })
}

test('an app that is sent a socket gets it, and its end ends the parent while the channel is open', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        process.on('message', (_message, server) => server.on('connection', (socket) => socket.end('from the app', () => process.send('bye', () => process.exit(9)))))
        process.send('ready')
      }`,
  })
  const { createServer, connect } = await import('node:net')
  const run = start(t, ['app.mjs'], {
    cwd: dir.path,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { EXIT75_STANDBY: '0' },
  })
  await new Promise((resolve) => run.process.once('message', resolve))
  const server = createServer().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const bye = new Promise((resolve) => run.process.once('message', resolve))
  await new Promise((resolve) => run.process.send('server', server, resolve))
  server.close()
  const text = await new Promise((resolve, reject) => {
    let all = ''
    connect(port, '127.0.0.1')
      .setEncoding('utf8')
      .on('data', (chunk: string) => (all += chunk))
      .on('end', () => resolve(all))
      .on('error', reject)
  })
  assert.equal(text, 'from the app')
  assert.equal(await bye, 'bye')
  assert.deepEqual(await run.ended, { code: 9, signal: null })
})

test('lines on a pipe reach the app once, in every generation, and in the gap the next one: exit75 reads none', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ onRestart: () => new Promise((resolve) => { console.log('gap'); setTimeout(resolve, 100) }) })
      else {
        process.stdin.setEncoding('utf8').on('data', (lines) => { for (const line of lines.trim().split('\\n')) console.log('heard', generation, line) })
        process.stdin.on('end', () => { console.log('end', generation); process.exit(0) })
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
        console.log('ready', generation, process.send, process.connected, process.channel, 'NODE_CHANNEL_FD' in process.env)
      }`,
    'version.mjs': '// 1',
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  for (const generation of [1, 2]) {
    // Without a channel process.send is undefined, and process.connected false.
    await run.says(new RegExp(`ready ${generation} undefined (false|undefined) undefined false\n`))
    if (generation === 2) await run.says('heard 2 in the gap')
    for (const word of ['one', 'two', 'three']) {
      run.type(`${word}\n`)
      await run.says(`heard ${generation} ${word}`)
    }
    if (generation === 2) break
    dir.write('version.mjs', '// 2')
    await run.says('gap')
    run.type('in the gap\n')
  }
  run.process.stdin?.end()
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('heard'), 7)
})

test('after the channel was closed from outside the program restarts and ends as before', async (t) => {
  const dir = tempDir(t, {
    ...APP,
    'app.mjs': APP['app.mjs']
      .replace(
        "console.log('disconnected', generation)",
        "{ console.log('disconnected'); setTimeout(() => process.exit(75), 50) }",
      )
      .replace(
        'process.send({ generation, hello',
        'if (!process.send) process.exit(7)\n      process.send({ generation, hello',
      ),
  })
  for (const awaited of ['', 'standby \\d+ is ready']) {
    const env = { EXIT75_LOG: 'debug', EXIT75_STANDBY: awaited === '' ? '0' : '1' }
    const run = start(t, ['app.mjs'], { cwd: dir.path, stdio: ['pipe', 'pipe', 'pipe', 'ipc'], env })
    await new Promise((resolve) => run.process.once('message', resolve))
    if (awaited !== '') await run.says(new RegExp(awaited))
    run.process.disconnect()
    await run.says('disconnected')
    assert.deepEqual(await run.ended, { code: 7, signal: null })
  }
})

test('an app that closes the channel itself goes on, and ends the parent as usual', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else { process.disconnect(); setTimeout(() => process.exit(6), 100) }`,
  })
  const run = start(t, ['app.mjs'], {
    cwd: dir.path,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { EXIT75_STANDBY: '0' },
  })
  assert.deepEqual(await run.ended, { code: 6, signal: null })
})
