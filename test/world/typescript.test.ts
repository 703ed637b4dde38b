/** `exit75 app.ts` as the project does it: by tsx, @swc-node/register or ts-node, restarted by an edit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { installInto } from '../helpers/install.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { pinned } from './packages.ts'

const PROJECT = {
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'commonjs', target: 'es2022', types: [], skipLibCheck: true },
  }),
  // An enum, and an import without extension: Node alone runs neither.
  'lib.ts': `export enum Word { one = 'from an enum' }\nexport const version: string = 'a'`,
  'app.ts': `
    import { Word, version } from './lib'
    declare const console: { log(...words: unknown[]): void }
    declare function setInterval(call: () => void, time: number): void
    setInterval(() => {}, 1000)
    console.log('runs', version, Word.one)`,
}

const LINES: readonly (readonly [by: string, line: readonly string[]])[] = [
  ['tsx', ['app.ts']],
  ['tsx', ['tsx', 'app.ts']],
  ['tsx', ['./node_modules/.bin/tsx', 'watch', 'app.ts']],
  ['@swc-node/register', ['app.ts']],
  ['ts-node', ['app.ts']],
  ['ts-node', ['./node_modules/.bin/ts-node', 'app.ts']],
  ['ts-node', ['node', '-r', 'ts-node/register', 'app.ts']],
]

for (const [by, line] of LINES)
  test(`exit75 ${line.join(' ')}, where the project depends on ${by}`, async (t) => {
    const dir = tempDir(t, {
      ...PROJECT,
      'package.json': JSON.stringify({ devDependencies: { [by]: '1' } }),
    })
    installInto(dir.path, pinned('tsx', 'ts-node', 'typescript', '@swc-node/register', '@swc/core'))
    const run = startCli(t, line, { cwd: dir.path })
    await run.says('runs a from an enum')
    for (const version of ['b', 'c']) {
      dir.write('lib.ts', PROJECT['lib.ts'].replace("'a'", `'${version}'`))
      await run.says(`runs ${version} from an enum`)
    }
    assert.equal(
      run.count(new RegExp(`^\\[exit75\\] app\\.ts, by ${by} · watching`)),
      line[0] === 'node' ? 0 : 1,
      run.output(),
    )
    run.signal('SIGTERM')
    await run.ended
  })
