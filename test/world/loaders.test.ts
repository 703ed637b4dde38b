/**
 * What projects load their programs with, from pinned packages (projects.ts): each starts as it does without
 * exit75, restarts once for an edit, from a standby, stays for one that does not parse, and ends as it would.
 */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { turns } from '../helpers/in-turn.ts'
import { installInto } from '../helpers/install.ts'
import { descendants, isAlive, type Run, startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'
import { pinned } from './packages.ts'
import { PROJECTS } from './projects.ts'

/** Whether exit75 can tell that a file does not parse, before a program has loaded it. */
const isChecked = (file: string): boolean =>
  /\.[cm]?js$/.test(file) || (/\.[cm]?ts$/.test(file) && typeof module.stripTypeScriptTypes === 'function')

for (const [what, project] of Object.entries(PROJECTS)) {
  const { packages = [], flags = [], env = {}, launcher = [], entry = 'app.ts', files, links = {} } = project
  const { edited = 'version.ts' } = project
  test(what, async (t) => {
    const dir = tempDir(t, files)
    if (packages.length > 0) installInto(dir.path, pinned(...packages))
    for (const [name, to] of Object.entries(links)) symlinkSync(to, dir.file(name))
    const begin = (own: readonly string[], variables: NodeJS.ProcessEnv = {}): Run => {
      const [file = '', ...args] = [...launcher, process.execPath, ...own, ...flags, entry]
      const command = launcher.length === 0 ? file : dir.file(join('node_modules/.bin', file))
      return startCommand(t, command, args, { cwd: dir.path, env: { ...env, ...variables } })
    }
    const plain = begin([])
    const [expected = ''] = await plain.says(/^ready a.*\n/)
    plain.signal('SIGINT')
    const plainEnd = await plain.ended

    const next = turns(t)
    const app = begin(['--import', 'exit75/register'], { EXIT75_LOG: 'debug' })
    const source = files[edited] as string
    const runs = async (version: string) =>
      assert.equal((await app.says(/^ready .*\n/))[0], expected.replace('ready a', `ready ${version}`))
    const save = (version: string) => dir.write(edited, source.replace("'a'", `'${version}'`))

    await next('starts as without exit75', () => runs('a'))
    await next('an edit restarts it once, from a standby', async () => {
      for (const version of ['b', 'c']) {
        await app.says(/standby \d+ is ready/)
        save(version)
        await runs(version)
      }
      assert.equal(app.count(/did not begin|no longer useful/), 0, app.output())
    })
    await next(
      isChecked(edited)
        ? 'a file that does not parse leaves it alone'
        : 'what Node cannot check may crash, and is waited for',
      async () => {
        dir.write(edited, `${source}]`)
        await app.says(isChecked(edited) ? /does not parse: / : /\[exit75\] the app exited with 1 · waiting/)
        save('d')
        await runs('d')
      },
    )
    await next('Ctrl-C ends it as it does without exit75, and nothing is left', async () => {
      const family = descendants(app.pid)
      app.signal('SIGINT')
      assert.deepEqual(await app.ended, plainEnd, app.output())
      await until('its processes are gone', app.output, () => !family.some(isAlive))
      assert.equal(app.count(/^ready /), 4, app.output())
    })
  })
}
