/** What Node's type stripping does not run, and with which errors, is told with what runs it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strippingFault } from '../../src/child/strip-only.ts'
import { STRIPS_TYPES } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import { tempDir } from '../helpers/temp-dir.ts'

for (const [files, says] of [
  [
    { 'app.ts': 'enum Colour { Red }\nconsole.log(Colour)' },
    /enums, .* do not run · tsx runs all of it: .* tsx,/,
  ],
  [{ 'app.ts': 'class A { constructor(private x = 1) {} }' }, /parameter properties do not run/],
  [{ 'app.ts': "await import('./b.ts')", 'b.ts': 'namespace N { export const x = 1 }' }, /namespaces/],
  [{ 'app.ts': 'const d = (c: unknown) => c\n@d class A {}' }, /decorators do not run · @swc-node\/register/],
  [{ 'app.ts': "import './b.ts'", 'b.ts': '', 'package.json': '{"type":"commonjs"}' }, /"type": "module" in/],
  [{ 'app.ts': "import { T } from './b.ts'", 'b.ts': 'export type T = 1' }, /by "import type"/],
  [
    {
      'app.ts': "import { A, T } from './b.ts'",
      'b.ts': 'export class A {}\nexport type { T } from "./c.ts"',
    },
    /by "import type"/,
  ],
  [{ 'app.ts': "import { $I } from './b.ts'", 'b.ts': 'export interface $I {}' }, /by "import type"/],
  [{ 'app.ts': "import './b'", 'b.ts': '' }, /an import names the file as it is/],
  [{ 'app.ts': "import './b.js'", 'b.ts': '' }, /an import names the file as it is/],
  [{ 'app.ts': "import './page.tsx'", 'page.tsx': '' }, /JSX does not run/],
  [
    { 'app.mjs': "import './b.ts'", 'b.ts': 'enum Colour { Red }' },
    /enums, .*, then start it with: exit75 --import tsx …/,
  ],
  [{ 'app.cts': "require('./b')", 'b/index.ts': '' }, /an import names the file as it is/],
] as const) {
  const [[entry, code] = ['', '']] = Object.entries(files)
  test(`a program whose types Node strips: ${code}`, { skip: !STRIPS_TYPES }, async (t) => {
    const dir = tempDir(t, { 'package.json': '{"type":"module"}', ...files })
    const run = startCli(t, ['--on-crash', 'exit', entry], { cwd: dir.path })
    await run.ended
    assert.match(run.output(), says)
    assert.equal(run.count(/Node only strips the types/), 1, run.output())
  })
}

test('where Node strips no types', { skip: STRIPS_TYPES }, async (t) => {
  const dir = tempDir(t, { 'app.mjs': "import './b.ts'", 'b.ts': '' })
  const run = startCli(t, ['--on-crash', 'exit', 'app.mjs'], { cwd: dir.path })
  await run.ended
  assert.match(run.output(), /Node v\S+ runs no TypeScript · tsx runs all of it: .* exit75 --import tsx …\n/)
})

for (const [what, flags, env] of [
  ['a preload', ['-r', './loads.cjs'], {}],
  ['a loader of the environment', [], { NODE_OPTIONS: '--experimental-loader ./loads.cjs' }],
] as const)
  test(`${what} of the user's may run what Node does not: not a word`, async (t) => {
    const dir = tempDir(t, { 'app.mjs': "import './b.tsx'", 'b.tsx': '', 'loads.cjs': '' })
    const run = startCli(t, ['--on-crash', 'exit', ...flags, 'app.mjs'], { cwd: dir.path, env })
    await run.ended
    assert.match(run.output(), /ERR_UNKNOWN_FILE_EXTENSION/)
    assert.equal(run.count(/TypeScript/), 0, run.output())
  })

for (const [entry, code] of [
  ['typo.ts', "import { fo } from './b.ts'"],
  ['function.ts', "new Function('@')"],
  ['package.ts', "import { Nothing } from 'nothing'"],
  ['caught.mjs', "process.on('uncaughtException', () => {})\nsetTimeout(() => import('./page.tsx'))"],
] as const)
  test(`an error that type stripping does not cause: ${code}`, { skip: !STRIPS_TYPES }, async (t) => {
    const nothing = { name: 'nothing', type: 'module', exports: './index.js' }
    const dir = tempDir(t, {
      'package.json': '{"type":"module"}',
      'b.ts': 'export const foo = 1\nexport type Foo = typeof foo',
      'page.tsx': '',
      'node_modules/nothing/package.json': JSON.stringify(nothing),
      'node_modules/nothing/index.js': '',
      [entry]: code,
    })
    const run = startCli(t, ['--on-crash', 'exit', '--on-exit', 'exit', entry], { cwd: dir.path })
    await run.ended
    assert.equal(run.count(/Node only strips the types/), 0, run.output())
  })

const error = (message: string, properties = {}) => Object.assign(new SyntaxError(message), properties)

for (const [what, thrown] of [
  [
    'a package that is not there',
    error("Cannot find module 'nothing'", { code: 'MODULE_NOT_FOUND', requireStack: [import.meta.filename] }),
  ],
  ['a file that is nowhere', error('', { code: 'ERR_MODULE_NOT_FOUND', url: 'file:///nowhere/b' })],
  ['text that is no JSON', error('Unexpected token \'x\', "x" is not valid JSON')],
  ['code that does not parse', error("Expected ';'", { code: 'ERR_INVALID_TYPESCRIPT_SYNTAX' })],
  ['undefined', undefined],
  ['null', null],
] as const)
  test(`not the fault of type stripping: ${what}`, () =>
    assert.equal(strippingFault(thrown, '/app.ts', true), undefined))
