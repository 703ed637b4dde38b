/** Programs that nobody here wrote: where each is started, what is edited, and what it answers then. */
import { CLI } from '../helpers/cli.ts'
import type { PackageName } from './packages.ts'

/** What runs on every Node from 20 to 26. The TypeScript is what express-generator-typescript begins with. */
export const PACKAGES: readonly PackageName[] = [
  ...(['json-server', 'http-server', 'verdaccio'] as const),
  ...(['fastify-cli', 'fastify', 'fastify-plugin', '@fastify/autoload', '@fastify/sensible'] as const),
  ...(['express-generator-typescript', 'tsx', 'cookie-parser', 'dotenv', 'express', 'helmet'] as const),
  ...(['jet-env', 'jet-logger', 'jet-paths', 'jet-validators', 'jsonfile', 'morgan', 'tspo'] as const),
]

/** Verdaccio asks for a tag, which is another version tomorrow, and which a mirror need not know. */
export const OVERRIDES: readonly PackageName[] = ['node-fetch']

export interface WorldProgram {
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

/** What the capitals stand for; PORT is one that is free. */
export const WORDS: Readonly<Record<string, readonly string[]>> = {
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

export const PROGRAMS: Readonly<Record<string, WorldProgram>> = {
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
  'json-server by npx, on a terminal, by a name that is not a file: all that is here is watched': {
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
/** What they are started on. */
export const FILES: Record<string, string> = {
  'json-server/registered/db.js': `module.exports = () => (${POSTS_AS_JSON})`,
  'json-server/by-command/db.json': POSTS_AS_JSON,
  'json-server/by-npx/db.json': POSTS_AS_JSON,
  'http-server/public/page.txt': 'old',
  'site/public/page.txt': 'old',
  'verdaccio/config.json': '{ "storage": "./storage", "packages": {}, "web": { "title": "old" } }',
  'verdaccio/config.yaml': 'storage: ./storage\npackages: {}\nweb:\n  title: old\n',
}
