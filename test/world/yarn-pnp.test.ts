/** Yarn without node_modules: packages are in archives, and only Node's flags say where. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { installInto } from '../helpers/install.ts'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

const STAY = 'setInterval(() => {}, 1000)'
const PROGRAMS: Record<string, { readonly words: readonly string[]; readonly code: string }> = {
  'a CommonJS program that asks': {
    words: ['node', 'app.cjs'],
    code: `
      const { PARENT, launchChild, shouldRestart } = require('exit75')
      if (PARENT) launchChild()
      else { console.log('ready', require('./version.cjs')); setInterval(() => shouldRestart() && process.exit(75), 10) }`,
  },
  'an ES module that asks': {
    words: ['node', 'app.mjs'],
    code: `
      import { PARENT, launchChild, shouldRestart } from 'exit75'
      import version from './version.cjs'
      if (PARENT) launchChild()
      else { console.log('ready', version); setInterval(() => shouldRestart() && process.exit(75), 10) }`,
  },
  'any program, by the command': {
    words: ['exit75', 'app.cjs'],
    code: `console.log('ready', require('./version.cjs'));${STAY}`,
  },
}

for (const unplugged of [false, true]) {
  test(`Plug'n'Play, ${unplugged ? 'unplugged' : 'from its archive'}: programs start, and restart for an edit`, async (t) => {
    const dir = tempDir(t, {})
    const tools = tempDir(t, {})
    installInto(tools.path, ['@yarnpkg/cli-dist@4.18.1'])
    const yarn = tools.file('node_modules/@yarnpkg/cli-dist/bin/yarn.js')
    const pack = ['pack', '--ignore-scripts', '--pack-destination', tools.path, '--json']
    const { stdout } = spawnSync('npm', pack, { cwd: REPOSITORY, encoding: 'utf8' })
    const [packed] = Object.values(JSON.parse(stdout)) as { filename: string }[]
    dir.remove('node_modules')
    dir.write('.yarnrc.yml', 'nodeLinker: pnp\nenableGlobalCache: false\nenableTelemetry: false\n')
    dir.write(
      'package.json',
      JSON.stringify({
        private: true,
        dependencies: { exit75: `file:${join(tools.path, packed?.filename ?? '')}` },
        dependenciesMeta: { exit75: { unplugged } },
      }),
    )
    dir.write('yarn.lock', '')
    // In CI, Yarn by itself refuses to write a lockfile.
    const env = { ...process.env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' }
    const installed = spawnSync(process.execPath, [yarn, 'install'], { cwd: dir.path, encoding: 'utf8', env })
    assert.equal(installed.status, 0, installed.stdout)

    for (const [what, { words, code }] of Object.entries(PROGRAMS)) {
      dir.write(words[1] as string, code)
      dir.write('version.cjs', "module.exports = 'a'\n")
      const run = start(t, [yarn, ...words], { cwd: dir.path })
      await run.says('ready a')
      for (const version of ['b', 'c']) {
        dir.write('version.cjs', `module.exports = '${version}'\n`)
        await run.says(`ready ${version}`)
      }
      assert.doesNotMatch(run.output(), /not watched|no longer|Error/, what)
    }
  })
}
