import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import * as exit75 from 'exit75'
import { typedName } from '../src/options/names.ts'
import type { Option } from '../src/options/option.ts'
import { OPTIONS } from '../src/options/table.ts'
import { start, startCommand } from './helpers/start.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** A next child that is ready ahead makes no difference here. */
const WITHOUT_STANDBY = { EXIT75_STANDBY: '0' }

const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
/** A block that carries a file name is a whole program. */
const programs = [...readme.matchAll(/^```(?:js|ts) (\S+)\n(.*?)^```$/gms)].map(
  ([, name = '', code = '']) => ({ name, code }),
)

/** What `npm init -y` writes, as of npm 11. */
const AS_NPM_INIT = '{"type":"commonjs"}'

test('every block of JavaScript in the README is a whole program', () => {
  assert.equal(programs.length, readme.match(/^```(js|ts|javascript|typescript)\b/gm)?.length)
})

for (const { name, code } of programs) {
  test(`${name} in the README runs, and restarts when it is edited`, async (t) => {
    const dir = tempDir(t, { 'package.json': AS_NPM_INIT, [name]: code })
    const flags = name.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
    const app = start(t, [name], { cwd: dir.path, flags, env: { PORT: '0', ...WITHOUT_STANDBY } })
    await app.says(/^(?!\[exit75\]).+\n/) // its first words: main() is running
    assert.equal(app.count(`[exit75] ${name} changed`), 0)
    dir.write(name, `console.log('edited')\n${code}`)
    await app.says(new RegExp(`^\\[exit75\\] ${name} changed · (restarted|the new code took over) in`))
    await app.says('edited')
    assert.equal(app.count('edited'), 1)
  })
}

/** What a line of a shell block does when it is run here. */
const LINES: Record<string, (t: Test) => Promise<void>> = {}

/** A line that runs some program until one of its files changes, and again. */
for (const [line, edited] of [
  ['npx exit75 app.ts', 'text.ts'],
  ['npx exit75 --inspect app.js', 'text.js'],
  ['npx exit75', 'text.js'],
  ['npx exit75 --watch templates app.js', 'templates/page.html'],
  ["npx exit75 'make && ./server'", 'server'],
  ['node --import exit75/register app.js', 'text.js'],
]) {
  LINES[line as string] = async (t) => {
    const text = `export const text = 'text'`
    const app = (ending: string) => `
      import { readFileSync } from 'node:fs'
      import { text } from './text.${ending}'
      console.log('runs with', text, readFileSync('templates/page.html', 'utf8'))
      setInterval(() => {}, 1000)`
    const dir = tempDir(t, {
      'package.json': '{"type":"module","main":"app.js"}',
      'app.js': app('js'),
      'app.ts': app('ts'),
      'text.js': text,
      'text.ts': text,
      'templates/page.html': 'page',
      server: '#!/bin/sh\necho runs with text page\nread -r _',
      'tools/make': '#!/bin/sh\necho made',
      // As npx runs what is installed; one line is enough to show that.
      ...(line !== 'npx exit75' && {
        'tools/npx': '#!/bin/sh\nname=$1; shift; exec "node_modules/.bin/$name" "$@"',
      }),
    })
    for (const name of ['server', 'tools/make', 'tools/npx'])
      if (existsSync(dir.file(name))) chmodSync(dir.file(name), 0o755)
    mkdirSync(dir.file('node_modules/.bin'))
    symlinkSync('../exit75/dist/cli.cjs', dir.file('node_modules/.bin/exit75'))
    symlinkSync(join(REPOSITORY, 'node_modules/tsx'), dir.file('node_modules/tsx'), 'dir')
    const path = [dir.file('tools'), dirname(process.execPath), process.env.PATH].join(delimiter)
    const shell = startCommand(t, 'sh', ['-c', line as string], {
      cwd: dir.path,
      env: { PATH: path, ...WITHOUT_STANDBY },
    })
    await shell.says('runs with text page')
    const before = readFileSync(dir.file(edited as string), 'utf8')
    dir.write(edited as string, before.replace(/'text'/, "'news'").replace('page', 'news'))
    await shell.says(/^runs with .*news/)
    await shell.says(`[exit75] ${edited} changed`)
  }
}

const shellLines = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
  block
    .split(/\n|&&(?= npm )/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean),
)

for (const line of new Set(shellLines)) {
  const run = LINES[line]
  test(`${line} in the README does what it says`, async (t) => {
    assert.ok(run, `nothing here runs: ${line}`)
    await run(t)
  })
}

test('its npm script runs the program, and restarts it', async (t) => {
  const [, description = ''] = /^```json package\.json\n(.*?)^```$/ms.exec(readme) ?? []
  const code = (word: string) => `console.log('${word}'); setInterval(() => {}, 1000)`
  const dir = tempDir(t, { 'package.json': description, 'app.js': code('one') })
  mkdirSync(dir.file('node_modules/.bin'))
  symlinkSync('../exit75/dist/cli.cjs', dir.file('node_modules/.bin/exit75'))
  const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter), ...WITHOUT_STANDBY }
  const app = startCommand(t, 'npm', ['run', 'dev'], { cwd: dir.path, env })
  await app.says('one')
  dir.write('app.js', code('two'))
  await app.says('two')
})

test('it has at most 250 lines', () => assert.ok(readme.split('\n').length <= 251))

test('every block of the README is a program or shell lines, which are run, or a picture', () => {
  const kinds = [...readme.matchAll(/^```(\w*).*?^```$/gms)].map(([, kind]) => kind)
  assert.deepEqual(
    kinds.filter((kind) => !['js', 'ts', 'sh', 'json'].includes(kind as string)),
    [],
  )
  assert.ok(shellLines.includes('npx exit75 app.ts'))
})

test('the README names everything that the package exports', () => {
  const missing = Object.keys(exit75).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))
  assert.deepEqual(missing, [])
})

const tableOf = (head: string): string =>
  new RegExp(`^\\| ${head} \\|.*?\\n\\n`, 'ms').exec(readme)?.[0] ?? ''

/** The rows of one of its tables: the name, and what stands beside it. */
const rows = (head: string): string[][] =>
  [...tableOf(head).matchAll(/^\| `-*([\w-]+)[^|]*\| (.*)\|$/gm)].map(([, name = '', rest = '']) => [
    name,
    ...rest.split('|').map((cell) => cell.trim()),
  ])

const optionsBy = (...by: Option['by'][]): [string, Option][] =>
  Object.entries(OPTIONS).filter(([, option]: [string, Option]) => by.includes(option.by))

test('the README lists every option of launchChild, and no other, with its default', () => {
  const table = rows('option')
  const known = optionsBy('launchChild')
  assert.deepEqual(
    table.map(([name]) => name),
    known.map(([name]) => name),
  )
  for (const [at, [name, option]] of known.entries()) {
    const written = table[at]?.[1] ?? ''
    const isSaid =
      option.default === null ||
      name === 'env' ||
      new RegExp(`^\`?${escaped(inspect(option.default))}`).test(written)
    assert.ok(isSaid, `${name} is ${inspect(option.default)} by default, and not ${written}`)
    if (option.ofPrograms !== undefined)
      assert.ok(written.includes(`the command \`${inspect(option.ofPrograms)}\``), name)
  }
})

test('the README lists every option of the command', () => {
  const known = Object.entries(OPTIONS).filter(
    ([, { help, short }]: [string, Option]) => help !== undefined && short === undefined,
  )
  assert.deepEqual(
    [...tableOf('command line option').matchAll(/(?<=^\| `[^|]*)--([\w-]+)/gm)]
      .map(([, name = '']) => name.replace(/^no-/, ''))
      .sort(),
    known.map(([name]) => typedName(name)).sort(),
  )
})

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

test('the commands in README, CONTRIBUTING and test/README exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
  const texts =
    readme +
    ['.github/CONTRIBUTING.md', 'test/README.md']
      .map((name) => readFileSync(join(REPOSITORY, name), 'utf8'))
      .join('')
  const outside = /^(install|ci|version|publish)$/
  const named = [...texts.matchAll(/(?:^|`|&& )npm (?:run )?([\w:-]+)/gm)].map(([, name = '']) => name)
  assert.ok(named.includes('coverage') && named.includes('bench'))
  assert.deepEqual(
    named.filter((name) => !outside.test(name) && !(name in scripts)),
    [],
  )
})
