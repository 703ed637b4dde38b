/** Programs that nobody here wrote, from npm and unchanged: each edit restarts them once, and nothing is left. */
import assert from 'node:assert/strict'
import { type SpawnOptions, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { CLI } from './helpers/cli.ts'
import { installInto } from './helpers/install.ts'
import { asked, freePort } from './helpers/listeners.ts'
import { processesWith } from './helpers/proc.ts'
import { cleanEnvironment, descendants, isAlive, type Run, startCommand } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'
import { CTRL_C, terminal } from './helpers/terminal.ts'
import { until } from './helpers/until.ts'

/** What runs on every Node from 20 to 26. The TypeScript is what express-generator-typescript begins with. */
const PACKAGES = `
  json-server@0.17.4 http-server@14.1.1 verdaccio@6.7.4
  fastify-cli@7.4.1 fastify@5.12.8 fastify-plugin@5.1.0 @fastify/autoload@6.3.1 @fastify/sensible@6.0.4
  express-generator-typescript@2.8.1 tsx@4.23.15 cookie-parser@1.4.7 dotenv@17.4.1 express@5.3.0 helmet@8.3.0
  jet-env@1.1.6 jet-logger@2.2.3 jet-paths@3.1.1 jet-validators@2.3.1 jsonfile@6.2.1 morgan@1.12.0 tspo@1.0.7`
/** Verdaccio asks for a tag, which is another version tomorrow, and which a mirror need not know. */
const OVERRIDES = { 'node-fetch': '2.7.0' }

interface DetectorOptions {
  /** Where it is started; what is edited is named from there. */
  readonly folder: string
  readonly starts: string
  readonly asks: string
  /** What the first answer holds. */
  readonly answer: string
  readonly edits: readonly Edit[]
  /** What Ctrl-C ends it with. Default: the signal, as the shell that npx puts around a program does, too. */
  readonly code?: number
  readonly env?: NodeJS.ProcessEnv
  readonly onTerminal?: true
}

interface Edit {
  readonly file: string
  readonly from: string
  readonly to: string
  /** What the answer holds from now on, and did not hold before. */
  readonly answer: string
}

/** What the capitals stand for; and PORT, for one that is free. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  REGISTER: ['node', '--import', 'exit75/register'],
  COMMAND: ['node', CLI],
  NPX: ['npx', '--no-install', 'exit75'],
  TYPESCRIPT: ['--import', 'tsx', '--require', 'dotenv/config', 'src/main.ts'],
}

const JSON_SERVER = { asks: '/posts', answer: '"title": "old"' }
const POSTS = { from: 'old', to: 'new', answer: '"title": "new"' }
const HTTP_SERVER = { asks: '/', answer: '>http-server</a> server running' }
const LISTING = { from: '>http-server</a>', to: '>edited</a>', answer: '>edited</a> server running' }
const VERDACCIO = { folder: 'verdaccio', asks: '/', answer: '<title>old</title>' }
const TITLE = { from: 'old', to: 'new', answer: '<title>new</title>' }
const TYPESCRIPT = { asks: '/api/users/all', answer: '"name":"Sean Maxwell"' }
const ENV_FILE = 'config/.env.development'

const CASES: Readonly<Record<string, DetectorOptions>> = {
  'json-server, registered, on a terminal': {
    ...JSON_SERVER,
    folder: 'json-server/registered',
    starts: 'REGISTER ../../node_modules/.bin/json-server db.js --host 127.0.0.1 --port PORT',
    edits: [{ ...POSTS, file: 'db.js' }],
    onTerminal: true,
  },
  'json-server by the command, and its data': {
    ...JSON_SERVER,
    folder: 'json-server/by-command',
    starts:
      'COMMAND --watch db.json ../../node_modules/.bin/json-server db.json --host 127.0.0.1 --port PORT',
    edits: [{ ...POSTS, file: 'db.json' }],
  },
  'json-server by npx, on a terminal, by a name that is no file: all that is here is watched': {
    ...JSON_SERVER,
    folder: 'json-server/by-npx',
    starts: 'NPX json-server db.json --host 127.0.0.1 --port PORT',
    edits: [{ ...POSTS, file: 'db.json' }],
    onTerminal: true,
  },
  'http-server, registered, in a checkout of its own': {
    ...HTTP_SERVER,
    folder: 'http-server',
    starts: 'REGISTER bin/http-server public -a 127.0.0.1 -p PORT',
    edits: [{ ...LISTING, file: 'lib/core/show-dir/index.js' }],
    code: 0,
  },
  'http-server by npx: what is installed, and what it serves': {
    ...HTTP_SERVER,
    folder: 'site',
    starts: 'NPX --node-modules --watch public ../node_modules/.bin/http-server public -a 127.0.0.1 -p PORT',
    edits: [
      { ...LISTING, file: '../node_modules/http-server/lib/core/show-dir/index.js' },
      { file: 'public/page.txt', from: 'old', to: 'old and new', answer: '11B' },
    ],
  },
  'what fastify-cli generates, registered': {
    folder: 'fastify',
    starts: 'REGISTER ../node_modules/.bin/fastify start --log-level info --port PORT app.js',
    asks: '/',
    answer: '{"root":true}',
    edits: [{ file: 'routes/root.js', from: 'true', to: '75', answer: '{"root":75}' }],
    code: 0,
  },
  'what fastify-cli generates, by the command': {
    folder: 'fastify',
    starts: 'COMMAND ../node_modules/.bin/fastify start --log-level info --port PORT app.js',
    asks: '/example',
    answer: 'this is an example',
    edits: [{ file: 'routes/example/index.js', from: 'is an', to: 'was an', answer: 'this was an example' }],
    code: 0,
  },
  'verdaccio, registered': {
    ...VERDACCIO,
    starts: 'REGISTER ../node_modules/.bin/verdaccio --config config.json --listen 127.0.0.1:PORT',
    edits: [{ ...TITLE, file: 'config.json' }],
  },
  'verdaccio by the command, and a configuration that Node does not load': {
    ...VERDACCIO,
    starts:
      'COMMAND --watch config.yaml ../node_modules/.bin/verdaccio --config config.yaml --listen 127.0.0.1:PORT',
    edits: [{ ...TITLE, file: 'config.yaml' }],
  },
  'a project in TypeScript with aliases for paths, under tsx, registered': {
    ...TYPESCRIPT,
    folder: 'typescript',
    starts: 'REGISTER TYPESCRIPT',
    env: { DOTENV_CONFIG_PATH: ENV_FILE },
    edits: [
      {
        file: 'src/repos/UserRepo.ts',
        from: 'return db.users;',
        to: "return db.users.map((user): IUser => ({ ...user, name: 'Nobody' }));",
        answer: '"name":"Nobody"',
      },
      {
        file: 'src/common/constants/HttpStatusCodes.ts',
        from: 'OK: 200',
        to: 'OK: 203',
        answer: 'HTTP/1.1 203 ',
      },
    ],
  },
  'a project in TypeScript under tsx by the command, and its variables': {
    ...TYPESCRIPT,
    folder: 'typescript',
    starts: `COMMAND --watch ${ENV_FILE} node TYPESCRIPT`,
    answer: 'X-Powered-By: Express',
    env: { DOTENV_CONFIG_PATH: ENV_FILE },
    edits: [{ file: ENV_FILE, from: '=development', to: '=production', answer: 'Strict-Transport-Security' }],
  },
}

const POSTS_AS_JSON = '{ "posts": [{ "id": 1, "title": "old" }] }'
const FILES: Record<string, string> = {
  'json-server/registered/db.js': `module.exports = () => (${POSTS_AS_JSON})`,
  'json-server/by-command/db.json': POSTS_AS_JSON,
  'json-server/by-npx/db.json': POSTS_AS_JSON,
  'http-server/public/page.txt': 'old',
  'site/public/page.txt': 'old',
  'verdaccio/config.json': '{ "storage": "./storage", "packages": {}, "web": { "title": "old" } }',
  'verdaccio/config.yaml': 'storage: ./storage\npackages: {}\nweb:\n  title: old\n',
}

const copy = (from: string, to: string) => cpSync(dir.file(from), dir.file(to), { recursive: true })

const dir = tempDir({ after }, FILES)

before(() => {
  installInto(dir.path, PACKAGES.trim().split(/\s+/), OVERRIDES)
  symlinkSync(CLI, dir.file('node_modules/.bin/exit75'))
  mkdirSync(dir.file('tmp'))
  copy('node_modules/http-server', 'http-server')
  copy('node_modules/express-generator-typescript/lib/project-files', 'typescript')
  const { status, stderr } = spawnSync('npx', ['--no-install', 'fastify', 'generate', 'fastify'], {
    cwd: dir.path,
    env: cleanEnvironment(),
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
})

for (const [name, { folder, asks, answer, edits, code, onTerminal, ...program }] of Object.entries(CASES)) {
  test(name, async (t) => {
    const port = await freePort()
    const request = `GET ${asks} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    const words = program.starts
      .split(' ')
      .flatMap((word) => WORDS[word] ?? word.replace('PORT', String(port)))
    const { run, end, family } = await (onTerminal ? atPrompt : inBackground)(t, words, {
      cwd: dir.file(folder),
      env: { ...program.env, PORT: String(port), TMPDIR: dir.file('tmp') },
    })
    const serves = (what: string) =>
      until(`it answers with ${what}`, run.output, async () => (await asked(port, request)).includes(what))

    await serves(answer)
    for (const { file, from, to, answer } of edits) {
      const text = readFileSync(dir.file(join(folder, file)), 'utf8')
      assert.ok(text.includes(from), `${file} holds ${from}`)
      dir.write(join(folder, file), text.replace(from, to))
      await run.says(`[exit75] ${file} changed · restarted in`)
      await serves(answer)
    }
    assert.equal(run.count('[exit75]'), edits.length, run.output())

    assert.equal(await end(), code ?? 'SIGINT')
    await until('its processes are gone', run.output, () => !family().some(isAlive))
    await assert.rejects(asked(port), { code: 'ECONNREFUSED' })
    assert.deepEqual(
      readdirSync(dir.file('tmp')).filter((one) => !CACHES.test(one)),
      [],
    )
  })
}

/** What npm and tsx keep for the next time. */
const CACHES = /^(tsx-\d+|node-compile-cache)$/

interface Started {
  readonly run: Run
  /** Presses Ctrl-C, and tells how the program has ended. */
  readonly end: () => Promise<number | string | null>
  /** The processes that belong to it. */
  readonly family: () => number[]
}

type Start = (t: TestContext, words: readonly string[], options: SpawnOptions) => Promise<Started>

/** Ctrl-C reaches the group of processes, as from a terminal. */
const inBackground: Start = async (t, [file = '', ...args], options) => {
  const run = startCommand(t, file, args, { ...options, detached: true })
  const end = async () => {
    process.kill(-run.pid, 'SIGINT')
    const { code, signal } = await run.ended
    return signal ?? code
  }
  return { run, end, family: () => processesWith(`PORT=${options.env?.PORT}`) }
}

const atPrompt: Start = async (t, words, options) => {
  const shell = await terminal(t, options)
  const around = [shell.pid, ...descendants(shell.pid)]
  shell.enter(words.join(' '))
  const end = async () => {
    shell.type(CTRL_C)
    const status = await shell.prompt()
    return status === 128 + constants.signals.SIGINT ? 'SIGINT' : status
  }
  const family = () => processesWith(`PORT=${options.env?.PORT}`).filter((pid) => !around.includes(pid))
  return { run: shell, end, family }
}
