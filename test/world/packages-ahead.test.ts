/**
 * Packages that people really use, each in an app of its own, cold and from a standby that has loaded it ahead: the
 * process must be the same. Add the next one to the table. It takes minutes, so it runs on the newest Node, by require;
 * EXIT75_CORPUS=import or =require chooses the way, on any Node.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { installInto } from '../helpers/install.ts'
import { hasLoadedAhead } from '../helpers/standby.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const PACKAGES = {
  express: '5.3.0',
  koa: '3.3.0',
  fastify: '5.12.8',
  '@hapi/hapi': '21.4.10',
  hono: '4.13.19',
  'body-parser': '2.4.0',
  cors: '2.8.6',
  helmet: '8.3.0',
  morgan: '1.12.1',
  compression: '1.8.2',
  'cookie-parser': '1.4.7',
  'express-session': '1.19.0',
  passport: '0.7.0',
  'passport-local': '1.0.0',
  jsonwebtoken: '9.0.3',
  bcryptjs: '3.0.3',
  axios: '1.21.1',
  got: '14.6.6',
  'node-fetch': '3.3.2',
  undici: '7.30.2',
  superagent: '10.4.2',
  lodash: '4.18.1',
  underscore: '1.13.8',
  ramda: '0.32.0',
  rxjs: '7.8.2',
  moment: '2.31.0',
  dayjs: '1.11.23',
  'date-fns': '4.4.0',
  uuid: '14.0.3',
  nanoid: '5.1.16',
  chalk: '5.6.2',
  picocolors: '1.1.1',
  debug: '4.4.3',
  winston: '3.19.0',
  pino: '10.4.0',
  commander: '14.0.3',
  yargs: '18.2.0',
  minimist: '1.2.8',
  inquirer: '14.2.5',
  dotenv: '18.0.10',
  config: '5.0.1',
  joi: '18.3.2',
  zod: '4.6.7',
  ajv: '8.20.0',
  yup: '1.7.1',
  'class-validator': '0.15.1',
  'class-transformer': '0.5.1',
  'reflect-metadata': '0.2.2',
  typeorm: '1.1.1',
  mongoose: '9.12.1',
  mongodb: '7.9.0',
  pg: '8.23.1',
  redis: '6.3.1',
  ioredis: '6.0.0',
  bullmq: '6.7.0',
  ws: '8.23.0',
  'socket.io': '4.8.4',
  graphql: '16.15.0',
  '@apollo/server': '5.5.1',
  'graphql-yoga': '5.24.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/common': '12.5.1',
  '@aws-sdk/client-s3': '3.1175.0',
  stripe: '23.1.0',
  nodemailer: '10.6.1',
  handlebars: '4.7.10',
  ejs: '7.0.2',
  'markdown-it': '15.0.3',
  cheerio: '1.2.0',
  jsdom: '29.1.1',
  'discord.js': '14.28.1',
  openai: '6.49.0',
  '@anthropic-ai/sdk': '1.14.0',
  formidable: '3.5.4',
  multer: '2.5.0',
  busboy: '1.6.0',
  'csv-parse': '7.0.3',
  xml2js: '0.6.2',
  'fast-xml-parser': '5.12.1',
  'js-yaml': '5.5.0',
  glob: '14.0.6',
  'fast-glob': '3.3.3',
  chokidar: '5.0.0',
  'fs-extra': '11.4.1',
  'graceful-fs': '4.2.12',
  execa: '9.6.1',
  'cross-spawn': '7.0.6',
  semver: '7.8.6',
  async: '3.2.6',
  bluebird: '3.7.2',
  'p-limit': '7.3.3',
  'p-queue': '9.3.5',
  eventemitter3: '5.0.4',
  immer: '11.2.10',
  i18next: '26.7.2',
  'node-cron': '4.6.0',
  tar: '7.5.23',
  'sanitize-html': '2.17.5',
  qs: '6.17.1',
  'iconv-lite': '0.7.3',
  'lru-cache': '11.5.3',
  'node-cache': '5.1.2',
  keyv: '5.6.0',
  '@opentelemetry/api': '1.10.0',
} as const

/** So many apps at once. */
const AT_ONCE = 2

/** Prints the process as it is once everything is loaded. Without what differs from one process to the next. */
const FINGERPRINT = `
const Module = require('node:module')
void [process.stdout, process.stderr] // a standby has opened them: see the limits in README.md
const kinds = (of, depth = 0) => of === null || (typeof of !== 'object' && typeof of !== 'function') || depth > 1
  ? typeof of
  : Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(of)).map(([name, { get, value }]) =>
      [name, get ? 'getter' : kinds(value, depth + 1)]))
console.log('process', version, JSON.stringify({
  exports: kinds(loaded),
  globals: Object.getOwnPropertyNames(globalThis).sort(),
  variables: Object.keys(process.env).sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
  extensions: Object.keys(Module._extensions),
  cache: Object.keys(require.cache).sort(),
  // Not who is whose parent: by import, Node itself loads what a module hands on apart from the one that asks for it.
  children: Object.values(require.cache).map((one) => [one.filename, one.children.length]).sort(),
  main: [typeof process.mainModule, typeof require.main],
  running: process.getActiveResourcesInfo().sort(),
  process: [process.cwd(), process.title, process.argv, process.execArgv, process.umask(), String(process.exitCode)],
  properties: Object.keys(process).sort(),
}))
setInterval(() => {}, 1000)
`

const WAYS = {
  require: {
    file: 'app.cjs',
    code: (name: string) => `
      const loaded = require('${name}')
      const version = require('./version.cjs')
      ${FINGERPRINT}`,
  },
  import: {
    file: 'app.mjs',
    code: (name: string) => `
      import * as loaded from '${name}'
      import { createRequire } from 'node:module'
      import version from './version.cjs'
      const require = createRequire(import.meta.url)
      ${FINGERPRINT}`,
  },
} as const

const { EXIT75_CORPUS = Number.parseInt(process.versions.node, 10) >= 26 ? 'require' : '' } = process.env

for (const [way, { file, code }] of Object.entries(WAYS)) {
  const skip = way !== EXIT75_CORPUS && `with EXIT75_CORPUS=${way}`
  test(`the process is the same, cold and with its package loaded ahead, by ${way}`, { skip }, async (t) => {
    const dir = tempDir(t, {})
    dir.remove('node_modules')
    installInto(
      dir.path,
      Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`),
      {},
      // Together they do not agree on each other's versions; none is used for what it needs another one for.
      ['--legacy-peer-deps', '--ignore-scripts'],
    )
    const left: string[] = []
    const names = Object.keys(PACKAGES)
    const ahead: string[] = []
    const rest = [...names]
    const worker = async () => {
      for (let name = rest.shift(); name !== undefined; name = rest.shift())
        if (await compare(t, name)) ahead.push(name)
        else left.push(name)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    t.diagnostic(`${ahead.length} loaded ahead; left to the app: ${left.sort().join(', ')}`)
    assert.ok(ahead.length > 0.8 * names.length, `only ${ahead.length} of ${names.length}`)

    /** Returns whether the package was loaded ahead. */
    async function compare(t: TestContext, name: string): Promise<boolean> {
      const folder = `apps/${name.replace(/\W/g, '_')}`
      dir.write(`${folder}/package.json`, '{}')
      dir.write(`${folder}/${file}`, code(name))
      dir.write(`${folder}/version.cjs`, "module.exports = 'a'")
      const run = startCli(t, [file], { cwd: dir.file(folder), env: { EXIT75_LOG: 'debug' } })
      const cold = await run.says(/^process a (.*)\n/)
      await until('the standby is there for good', run.output, () => hasLoadedAhead(run.output()))
      dir.write(`${folder}/version.cjs`, "module.exports = 'b'")
      const next = await run.says(/^process b (.*)\n/)
      assert.deepEqual(JSON.parse(next[1] as string), JSON.parse(cold[1] as string), name)
      run.signal('SIGTERM')
      await run.ended
      return !run.output().includes(' · not loaded ahead')
    }
  })
}
