import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as exit75 from 'exit75'
import { start } from './helpers/start.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'

const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8')
/** A block that carries a file name is a whole program. */
const programs = [...readme.matchAll(/^```(?:js|ts) (\S+)\n(.*?)^```$/gms)].map(
  ([, name = '', code = '']) => ({ name, code }),
)

test('every block of JavaScript in the README is a whole program', () => {
  assert.equal(programs.length, readme.match(/^```(js|ts|javascript|typescript)\b/gm)?.length)
})

for (const { name, code } of programs) {
  test(`${name} in the README runs, and restarts when it is edited`, async (t) => {
    const dir = tempDir(t, { 'package.json': '{"type":"module"}', [name]: code })
    const flags = name.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
    const app = start(t, [name], { cwd: dir.path, flags, env: { PORT: '0' } })
    await app.says(/^(?!\[exit75\]).+\n/) // its first words: main() is running
    assert.equal(app.count(`[exit75] ${name} changed`), 0)
    dir.write(name, `console.log('edited')\n${code}`)
    await app.says(new RegExp(`^\\[exit75\\] ${name} changed · (restarted|the new code took over) in`))
    await app.says('edited')
    assert.equal(app.count('edited'), 1)
  })
}

test('the README names everything that the package exports', () => {
  const missing = Object.keys(exit75).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme))
  assert.deepEqual(missing, [])
})

test('the README lists every option of launchChild, and no other', async () => {
  const refusal: unknown = await exit75.launchChild({ '?': 1 } as object).catch((error) => error)
  const known = /Known are: (.*)$/.exec(String(refusal))?.[1]?.split(', ')
  const table = /^\| option \|.*?\n\n/ms.exec(readme)?.[0] ?? ''
  assert.deepEqual(
    [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name),
    known,
  )
})

test('the commands in the README exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
  const named = [...readme.matchAll(/npm (?:run )?((?!install\b|ci\b)[\w:-]+)/g)].map(([, name = '']) => name)
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  )
})
