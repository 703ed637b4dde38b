/** A save that does not parse leaves the running code alone, and is told with its place. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appFiles, onlyTheNextEditCounts, STRIPS_TYPES, startApp, version } from '../../helpers/app.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

interface DetectorOptions {
  readonly file: string
  readonly good: (word: string) => string
  /** Text that does not parse, the line where that shows, and what is said of it. */
  readonly broken: readonly [text: string, line: number, message: RegExp][]
  /** Code in the entry that sets `word`. */
  readonly load: string
  readonly skip?: boolean
}

const CASES: Record<string, DetectorOptions> = {
  'an ES module': {
    file: 'loaded.js',
    good: (word) => `export const word = '${word}'\n`,
    broken: [
      [`export const word = 'b'\n\nexport const other = = 1\n`, 3, /Unexpected token '='/],
      [`export const word = 'b'\nexport const word = 'c'\n`, 2, /already been declared/],
      [`export const word = 'b'\nfunction () {\n`, 2, /Function statements require a function name/],
    ],
    load: `const { word } = await import('./loaded.js')`,
  },
  'an ES module by its name': {
    file: 'loaded.mjs',
    good: (word) => `export const word = '${word}'\n`,
    broken: [[`export const word = 'b\n\n`, 1, /Invalid or unexpected token/]],
    load: `const { word } = await import('./loaded.mjs')`,
  },
  CommonJS: {
    file: 'loaded.cjs',
    good: (word) => `#!/usr/bin/env node\nif (0) return\nexports.word = '${word}'\n`,
    broken: [
      [`exports.word = 'b'\nconst = 1\n`, 2, /Unexpected token '='/],
      [`exports.word = 'b'\nif (\n`, 3, /Unexpected token '}'|Unexpected end of input/],
    ],
    load: `const { word } = require('./loaded.cjs')`,
  },
  JSON: {
    file: 'loaded.json',
    good: (word) => `{\n  "word": "${word}"\n}\n`,
    broken: [
      [`{\n  "word": "b",\n}\n`, 3, /Expected double-quoted property name|Unexpected token/],
      [`{\n  "word": \n}\n`, 3, /Unexpected token '}'/],
      [`{\n  "word": "b"\n  "more": 1\n}\n`, 3, /Expected ',' or '}'/],
      [`{\n  // a comment\n  "word": "b"\n}\n`, 2, /Unexpected token|Expected/],
      [
        `{\n  "word": "b",\n  "longer than what is shown around it": undefined\n}\n`,
        3,
        /Unexpected token 'u'/,
      ],
      [`{\n  "word": "b"\n`, 3, /Expected ',' or '}'/],
      ['', 1, /Unexpected end of JSON input/],
    ],
    load: `const { word } = require('./loaded.json')`,
  },
  TypeScript: {
    file: 'loaded.ts',
    good: (word) => `export const word: string = '${word}'\n`,
    broken: [
      [`type A = string\nexport const word: A = 'b'\nconst = 3\n`, 3, /./],
      [`export const word: string = {\n  a: 1,\n  b: [\n}\n`, 4, /./],
    ],
    load: `const { word } = await import('./loaded.ts')`,
    skip: !STRIPS_TYPES,
  },
}

/** Loads each of these, and ends every line with their words. */
const entry = (loads: readonly string[]) => `
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
const require = createRequire(import.meta.url)
if (PARENT) launch()
else {
  let words = version
${loads.map((load) => `  {\n    ${load}\n    words += word\n  }\n`).join('')}
  await run(words)
}
`

test('what does not parse is told with its line, once, and the running code stays', async (t) => {
  const cases = Object.entries(CASES).filter(([, { skip }]) => skip !== true)
  const dir = tempDir(
    t,
    appFiles({
      'app.js': entry(cases.map(([, { load }]) => load)),
      ...Object.fromEntries(cases.map(([, { file, good }]) => [file, good('a')])),
    }),
  )
  const app = startApp(t, dir)
  await app.says(`ready 1 a${cases.map(() => 'a').join('')} []`)
  for (const [what, { file, good, broken }] of cases) {
    await t.test(what, async () => {
      for (const [text, line, message] of broken) {
        dir.write(file, text)
        const said = await app.says(
          new RegExp(`^\\[exit75\\] ${file}:(\\d+) does not parse: SyntaxError: (.*)$`),
        )
        assert.equal(Number(said[1]), line, `${JSON.stringify(text)} ${said[0]}`)
        assert.match(said[2] ?? '', message)
        assert.match(said[2] ?? '', / · the running code stays$/)
      }
      assert.equal(app.count(`[exit75] ${file}`), broken.length, app.output())
      dir.replace(file, good('a'))
      await app.says(`[exit75] ${file} is back to the loaded version · nothing to do`)
    })
  }
  await onlyTheNextEditCounts(
    { says: (what) => app.says(String(what).replace('last2', `last2${cases.map(() => 'a').join('')}`)) },
    dir,
  )
})

test('what was broken is mended: the program restarts once, whatever happened in between', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      'app.js': `
import { generation, PARENT } from 'exit75'
import { halt, launch, run } from './kit.mjs'
import { word } from './loaded.js'
import { version } from './version.js'
if (PARENT) launch()
else {
  if (generation === 1) halt('boot')
  await run(version + word)
}
`,
      'loaded.js': `export const word = 'a'`,
    }),
  )
  const app = startApp(t, dir)
  await t.test('broken while the program boots', async () => {
    await app.says('boot')
    dir.write('version.js', 'export const version =')
    await app.says('[exit75] version.js:1 does not parse')
    dir.write('boot', '')
    await app.says('ready 1 aa []')
    dir.write('version.js', version('b'))
    await app.says('ready 2 ba [modified version.js]')
  })
  await t.test('one of two files does not parse: both wait for the fix', async () => {
    dir.write('loaded.js', 'export const word =')
    await app.says('[exit75] loaded.js:1 does not parse')
    dir.write('version.js', version('c'))
    dir.write('loaded.js', `export const word = 'b'`)
    await app.says('ready 3 cb [modified loaded.js, modified version.js]')
  })
  await t.test('and the fix is the old text, which is not a change', async () => {
    dir.write('loaded.js', 'export const word =')
    await app.says('[exit75] loaded.js:1 does not parse')
    dir.write('version.js', version('d'))
    dir.write('loaded.js', `export const word = 'b'`)
    await app.says('ready 4 db [modified version.js]')
  })
  await t.test('broken, deleted, and put back', async () => {
    dir.write('version.js', 'export const version =')
    await app.says('[exit75] version.js:1 does not parse')
    dir.remove('version.js')
    dir.write('version.js', version('e'))
    await app.says('ready 5 eb [modified version.js]')
  })
  await t.test('half written: nothing is said of it', async () => {
    const before = app.count('[exit75] version.js:')
    const text = version('f')
    for (let at = 6; at < text.length - 2; at += 3) {
      dir.write('version.js', text.slice(0, at))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    dir.write('version.js', text)
    await app.says('ready 6 fb [modified version.js]')
    assert.equal(app.count('[exit75] version.js:'), before, app.output())
  })
})

test('a file that Node could not parse when it was loaded is left to the loader', async (t) => {
  const dir = tempDir(
    t,
    appFiles({
      // A loader for a language of its own, in files that are called JavaScript.
      'loader.mjs': `
import module from 'node:module'
import { readFileSync } from 'node:fs'
const hook = \`
import { readFileSync } from 'node:fs'
export async function load(url, context, next) {
  if (!url.endsWith('odd.js')) return next(url, context)
  const [, word] = readFileSync(new URL(url), 'utf8').split(':=')
  return { format: 'module', source: 'export const word = ' + JSON.stringify(word.trim()), shortCircuit: true }
}\`
module.register('data:text/javascript,' + encodeURIComponent(hook))
`,
      'app.js': entry([`const { word } = await import('./odd.js')`]),
      'odd.js': 'the word := a',
    }),
  )
  const app = startApp(t, dir, {
    flags: ['--no-warnings', '--import', './loader.mjs'],
    env: { EXIT75_STANDBY: '0' },
  })
  await app.says('ready 1 aa []')
  dir.write('odd.js', 'the word := b')
  await app.says('ready 2 ab [modified odd.js]')
  // What Node does know is still checked.
  dir.write('version.js', 'export const version =')
  await app.says('[exit75] version.js:1 does not parse')
  dir.write('version.js', version('b'))
  await app.says('ready 3 bb [modified version.js]')
})

test('syntaxCheck: false lets everything through', async (t) => {
  const dir = tempDir(t, appFiles())
  const app = startApp(t, dir, { options: { syntaxCheck: false } })
  await app.says('ready 1 a []')
  dir.write('version.js', 'export const version =')
  await app.says('SyntaxError')
  assert.deepEqual(await app.ended, { code: 1, signal: null })
})
