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

for (const [serialization, message] of [
  ['json', { text: 'ü', list: [1, null, { deep: true }] }],
  [
    'advanced',
    { map: new Map([['a', new Date(5)]]), big: 5n, bytes: new Uint8Array([1, 2]), set: new Set([1]) },
  ],
] as const) {
  test(`messages pass both ways in every generation, and none of ours is among them (${serialization})`, async (t) => {
    const dir = tempDir(t, APP)
    const run = start(t, ['app.mjs'], {
      cwd: dir.path,
      serialization,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    })
    const heard: unknown[] = []
    run.process.on('message', (one) => heard.push(one))
    const hears = (count: number) =>
      until(
        `${count} messages`,
        () => JSON.stringify(heard, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)) + run.output(),
        () => heard.length >= count,
      )
    for (const generation of [1, 2, 3]) {
      await hears(1)
      run.process.send(message)
      await hears(2)
      assert.deepEqual(heard.splice(0), [
        { generation, hello: true },
        { generation, echo: message },
      ])
      dir.write('version.mjs', `// version ${generation}`)
    }
    await hears(1)
    run.process.disconnect()
    await run.says('disconnected')
  })
}

test('a message that comes between two children is for the next one', async (t) => {
  const dir = tempDir(t, {
    ...APP,
    'app.mjs': APP['app.mjs'].replace(
      'launchChild()',
      "launchChild({ onRestart: () => new Promise((resolve) => { process.send('gap'); setTimeout(resolve, 300) }) })",
    ),
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] })
  const heard: unknown[] = []
  run.process.on('message', (one) => {
    heard.push(one)
    if (one === 'gap') run.process.send('in the gap')
  })
  const story = () => JSON.stringify(heard)
  await until('a hello', story, () => heard.length === 1)
  dir.write('version.mjs', '// 2')
  await until('four messages', story, () => heard.length === 4)
  assert.equal(heard.filter((one) => (one as { echo?: string }).echo === 'in the gap').length, 1)
  assert.ok(story().includes('{"generation":2,"echo":"in the gap"}'))
})

test('an app that is sent a socket gets it', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        process.on('message', (_message, server) => server.on('connection', (socket) => socket.end('from the app')))
        process.send('ready')
      }`,
  })
  const { createServer, connect } = await import('node:net')
  const run = start(t, ['app.mjs'], { cwd: dir.path, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] })
  await new Promise((resolve) => run.process.once('message', resolve))
  const server = createServer().listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
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
})

test('without a channel process.send is undefined, and process.connected false', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        console.log('send', process.send, process.connected, process.channel, 'NODE_CHANNEL_FD' in process.env)
        process.exit(generation < 2 ? 75 : 0)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.ended
  assert.equal(
    run.count('send undefined false undefined false') + run.count('send undefined undefined undefined false'),
    2,
    run.output(),
  )
})

test('an app that ends while the channel is open ends the parent, too', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else { process.send('bye', () => process.exit(9)) }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] })
  const heard = new Promise((resolve) => run.process.once('message', resolve))
  assert.equal(await heard, 'bye')
  assert.deepEqual(await run.ended, { code: 9, signal: null })
})

test('lines on a pipe reach the app once, in every generation: exit75 reads none', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild()
      else {
        process.stdin.setEncoding('utf8').on('data', (line) => console.log('heard', generation, line.trim()))
        process.stdin.on('end', () => { console.log('end', generation); process.exit(0) })
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
        console.log('ready', generation)
      }`,
    'version.mjs': '// 1',
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  for (const generation of [1, 2, 3]) {
    await run.says(`ready ${generation}`)
    for (const word of ['one', 'two', 'three']) {
      run.type(`${word}\n`)
      await run.says(`heard ${generation} ${word}`)
    }
    dir.write('version.mjs', `// version ${generation}`)
  }
  await run.says('ready 4')
  run.process.stdin?.end()
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('heard'), 9)
})

test('a line typed in the gap is read by the next child', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild } from 'exit75'
      if (PARENT) launchChild({ onRestart: () => new Promise((resolve) => { console.log('gap'); setTimeout(resolve, 200) }) })
      else if (generation === 1) process.exit(75)
      else process.stdin.setEncoding('utf8').on('data', (line) => { console.log('heard', line.trim()); process.exit() })`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('gap')
  run.type('hello\n')
  await run.says('heard hello')
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
    const env = { EXIT75_LOG: 'debug' }
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
  const run = start(t, ['app.mjs'], { cwd: dir.path, stdio: ['pipe', 'pipe', 'pipe', 'ipc'] })
  assert.deepEqual(await run.ended, { code: 6, signal: null })
})
