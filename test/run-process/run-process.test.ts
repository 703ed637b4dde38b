/** Programs that run a command or a function again whenever files change. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAmong, watchesOf } from '../helpers/proc.ts'
import { type Call, startHost } from '../helpers/run-host.ts'
import { atOnce } from '../helpers/start.ts'
import { until } from '../helpers/until.ts'

const COMMAND = "target: 'sh command.sh'"
const FUNCTION = "target: './worker.mjs#main'"

/** As the command, with what it was called with; what is large by its size. */
const WORKER = `
import { CHILD, PARENT, shouldRestart } from 'exit75'
export async function main(...args) {
  await null
  process.on('SIGINT', () => { console.log('got SIGINT'); process.exit() })
  setInterval(() => {}, 1000)
  console.log('ready', process.env.WATCHFILES_CHANGES, ...args.map((one) => one.length > 1000 ? one.length : one))
  console.log('is', PARENT, CHILD, shouldRestart(), process.argv.length)
}`

test('a command is run again, and a function in a fresh process, after each change that counts', async (t) => {
  const host = startHost(t)

  await t.test('a command: with each kind of change, which the callback is told before', async (t) => {
    const run = host.begin(t, `${COMMAND}, callback: (changes) => console.log('called', names(changes))`)
    await run.ready()
    for (const [type, name] of [
      ['modified', 'a.js'],
      ['added', 'deep/b.js'],
      ['deleted', 'a.js'],
    ] as const) {
      if (type === 'deleted') run.dir.remove(`src/${name}`)
      else run.dir.write(`src/${name}`, 'b')
      await run.says(`called ${type} src/${name}`)
      await run.says('got SIGINT')
      await run.ready([[type, name]])
    }
    await run.endsBy('SIGINT', 3)
    assert.equal(run.count('got SIGINT'), 4)
  })

  await t.test(
    'a function, by polling: it gets all kinds of arguments, and is as without exit75',
    async (t) => {
      const args = "args: [1, new Map([['a', { b: 2n }]]), 'x'.repeat(1e6), new Uint8Array(1e6)]"
      const files = { 'worker.mjs': WORKER }
      const run = host.begin(t, `${FUNCTION}, poll: 20, ${args}`, { files })
      const given = " 1 Map(1) { 'a' => { b: 2n } } 1000000 1000000"
      await run.ready([], given)
      await run.says('is false false false 2')
      run.dir.write('src/a.js', 'b')
      await run.ready([['modified', 'a.js']], given)
      await run.endsBy('SIGTERM', 1)
    },
  )

  await t.test('what was told by a filter not to count does not', async (t) => {
    const filter = "watchFilter: (change, path) => change === 'added' && !path.endsWith('no.js')"
    const files = { 'src/.gitignore': 'ignored\n', 'src/.reloadignore': '\\.gen$\n' }
    const run = host.begin(t, `${COMMAND}, ${filter}`, { files })
    await run.ready()
    for (const name of ['a.js', 'no.js', 'ignored', 'a.gen', 'node_modules/a.js'])
      run.dir.write(`src/${name}`, 'b')
    await onlyTheNextEditCounts(run)
  })

  await t.test('null lets everything count', async (t) => {
    const files = { 'src/.gitignore': 'ignored\n' }
    const run = host.begin(t, `${COMMAND}, watchFilter: null`, { files })
    await run.ready()
    for (const name of ['ignored', 'node_modules/b']) {
      run.dir.write(`src/${name}`, 'changed')
      await run.ready([['added', name]])
    }
  })

  await t.test('CodeFilter: only code; recursive: false: only what is in the directory itself', async (t) => {
    const filter = "watchFilter: new CodeFilter({ extraExtensions: ['vue'] })"
    const files = { 'src/deep/b.js': 'b' }
    const run = host.begin(t, `${COMMAND}, recursive: false, ${filter}`, { files })
    await run.ready()
    for (const name of ['README.md', 'deep/b.js', 'deep/c.js']) run.dir.write(`src/${name}`, 'c')
    await onlyTheNextEditCounts(run)
    run.dir.write('src/a.vue', 'b')
    await run.ready([['added', 'a.vue']])
  })

  await t.test('the same bytes again are no change', async (t) => {
    const run = host.begin(t, COMMAND)
    await run.ready()
    run.dir.write('src/a.js', 'b') // from now on its content is known, however busy the machine
    await run.ready([['modified', 'a.js']])
    atOnce(host, () => run.dir.replace('src/a.js', 'b'))
    await onlyTheNextEditCounts(run, 3)
  })

  await t.test('several paths and URLs, and a file', async (t) => {
    const files = { 'src/deep/data.txt': '1', 'src/b.txt': '1', 'src/c/c.js': '1' }
    const paths = "['src/c'], pathToFileURL('src/deep/data.txt')"
    const run = host.begin(t, COMMAND, { files, paths })
    await run.ready()
    run.dir.write('src/b.txt', '2')
    run.dir.write('src/deep/data.txt', '2')
    await run.ready([['modified', 'deep/data.txt']])
    run.dir.write('src/c/c.js', '2')
    await run.ready([['modified', 'c/c.js']])
  })

  await t.test('the callback is awaited, and what changes meanwhile is for the next one', async (t) => {
    const callback =
      "(changes) => { console.log('called', names(changes)); return halt('go ' + changes.size) }"
    const run = host.begin(t, `${COMMAND}, callback: ${callback}`)
    await run.ready()
    run.dir.write('src/a.js', 'b')
    await run.says('called modified src/a.js')
    run.dir.write('src/a.js', 'c')
    run.dir.write('src/b.js', 'b')
    await sleep(300) // of a change that is kept back nothing shows
    assert.equal(run.count('got SIGINT'), 0)
    run.dir.write('go 1', '')
    await run.says('got SIGINT')
    await run.says('called added src/b.js, modified src/a.js')
    assert.equal(run.count('got SIGINT'), 1)
    run.dir.write('go 2', '')
    await run.says('got SIGINT')
    await run.says(/^ready \[\[.*\],\[.*\]\]\n/)
    await run.endsBy('SIGINT', 2)
  })

  await t.test(
    'gracePeriod: what changes until then is not a change, and what comes later is one',
    async (t) => {
      const run = host.begin(t, `${COMMAND}, gracePeriod: 2000`)
      await run.ready()
      run.dir.write('src/a.js', 'b')
      await until('it watches', host.output, () => isAmong(watchesOf(host.pid), run.dir.file('src')))
      await sleep(300) // it looks at what is there next: of that nothing shows
      await onlyTheNextEditCounts(run)
      run.dir.write('src/a.js', 'c')
      await run.ready([['modified', 'a.js']]) // it was for the first launch alone
    },
  )

  await t.test('files that do not become quiet are told after debounce', async (t) => {
    const run = host.begin(t, `${COMMAND}, step: 5000, debounce: 300`)
    await run.ready()
    const timer = setInterval(() => run.dir.write('src/a.js', String(performance.now())), 20)
    t.after(() => clearInterval(timer))
    const launchedFor = `ready [["modified","${run.dir.file('src/a.js')}"]]`
    await until('it runs again in less than the step', host.output, () => run.count(launchedFor) > 0)
    clearInterval(timer)
  })

  await t.test('debug: each change and each decision is told', async (t) => {
    const run = host.begin(t, `${COMMAND}, debug: true`)
    await run.says(/^\[exit75\] generation 1 is process \d+/)
    await run.ready()
    run.dir.write('src/a.js', 'b')
    await run.says('[exit75] modified src/a.js')
    await run.says('[exit75] src/a.js changed · sending SIGINT')
    await run.says('[exit75] generation 1 ended with 0')
  })
})

/** Nothing has had an effect before this: the next edit is the first one, and the only cause. */
async function onlyTheNextEditCounts(run: Call, launches = 2): Promise<void> {
  run.dir.write('src/next.js', String(performance.now()))
  await run.ready([['added', 'next.js']])
  assert.equal(run.count('ready'), launches)
}
