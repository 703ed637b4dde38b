import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appFiles } from '../helpers/app.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

test('with 256 descriptors, as on macOS, an edit among 2,000 modules in 400 folders counts', async (t) => {
  const names = Array.from({ length: 2000 }, (_, at) => `src/${at % 400}/${at}.cjs`)
  const last = names.at(-1) as string
  const word = (text: string) => `exports.word = '${text}'\n`
  const dir = tempDir(
    t,
    appFiles({
      ...Object.fromEntries(names.map((name) => [name, word('one')])),
      // By require: import reads so many at once that Node itself runs out of descriptors.
      'all.cjs': `${names.map((name) => `require('./${name}')`).join('\n')}\nmodule.exports = require('./${last}')`,
      'app.js': `
import { createRequire } from 'node:module'
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else await run(createRequire(import.meta.url)('./all.cjs').word)`,
    }),
  )
  const app = startCommand(t, 'sh', ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, 'app.js'], {
    cwd: dir.path,
  })
  await app.says('ready 1 one []')
  dir.write(last, word('two'))
  await app.says('ready 2 two [modified 1999.cjs]')
  dir.replace(last, word('three'))
  await app.says('ready 3 three [modified 1999.cjs]')
  assert.ok(app.count(/polling instead/) <= 1, app.output())
})
