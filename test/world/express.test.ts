/** The main job on something real: examples/express, in TypeScript, on packages from npm. */
import assert from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { endsClean } from '../helpers/ending.ts'
import { installInto } from '../helpers/install.ts'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

const EDITS = 20

/** One edit per module in turn: what to replace, and by what in which round. */
const PLACES: [file: string, from: RegExp, to: (round: number) => string][] = [
  ['greet.ts', /'.*'/, (round) => `'Hello ${round}'`],
  [
    'routes/greeting.ts',
    /json\(.*\)\n/,
    (round) => `json({ text: greet(request.params.name), greeting: ${round} })\n`,
  ],
  ['routes/health.ts', /json\(.*\)\n/, (round) => `json({ generation, health: ${round} })\n`],
  [
    'app.ts',
    /'\/health'.*/,
    (round) =>
      `'/health', health).get('/app', (_request, response) => void response.json({ app: ${round} }))`,
  ],
  [
    'server.ts',
    /`generation.*`/,
    (round) => `\`generation \${generation} listens on port \${port} (${round})\``,
  ],
]

test('an Express server in TypeScript answers twenty edits in a row, each once', async (t) => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(REPOSITORY, 'examples/express/package.json'), 'utf8'),
  )
  const dir = tempDir(t, {})
  installInto(dir.path, [`express@${dependencies.express}`, `tsx@${devDependencies.tsx}`])
  cpSync(join(REPOSITORY, 'examples/express'), dir.path, { recursive: true })

  const app = start(t, ['server.ts'], { cwd: dir.path, flags: ['--import', 'tsx'], env: { PORT: '0' } })
  const [, port] = await app.says(/^generation 1 listens on port (\d+)$/)
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json()
  assert.deepEqual(await get('/greeting/you'), { text: 'Hello, you!' })

  const expected: Record<string, number> = {}
  for (let round = 1; round <= EDITS; round += 1) {
    const [file, from, to] = PLACES[round % PLACES.length] as (typeof PLACES)[number]
    const old = readFileSync(dir.file(file), 'utf8')
    const save = round % 2 === 0 ? dir.write : dir.replace
    save(file, old.replace(from, to(round)))
    expected[file] = round
    await app.says(new RegExp(`^\\[exit75\\] ${file} changed · restarted in`))
    await app.says(
      new RegExp(
        `^generation ${round + 1} listens on port ${port}${expected['server.ts'] ? ` \\(${expected['server.ts']}\\)` : ''}$`,
      ),
    )
    assert.deepEqual(await answers(get, expected), expected)
  }
  assert.equal(app.count(/^generation/), EDITS + 1)
  assert.deepEqual(await endsClean(app, () => app.signal('SIGINT')), { code: null, signal: 'SIGINT' })
})

/** What the code that runs says of each module's last edit. */
async function answers(get: (path: string) => Promise<unknown>, expected: Record<string, number>) {
  const found: Record<string, unknown> = { ...expected }
  const greeting = (await get('/greeting/you')) as { text: string; greeting?: number }
  if ('greet.ts' in expected) found['greet.ts'] = Number(/\d+/.exec(greeting.text)?.[0])
  if ('routes/greeting.ts' in expected) found['routes/greeting.ts'] = greeting.greeting
  if ('routes/health.ts' in expected)
    found['routes/health.ts'] = ((await get('/health')) as { health: number }).health
  if ('app.ts' in expected) found['app.ts'] = ((await get('/app')) as { app: number }).app
  return found
}
