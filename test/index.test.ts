import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as exit75 from 'exit75'
import { REPOSITORY } from './helpers/temp-dir.ts'

const DIST = join(REPOSITORY, 'dist')
const declarations = (file: string) => readFileSync(join(DIST, file), 'utf8')

/** Each public name, types too, with the declarations that an editor reads it from. */
const names = (/^export \{(.*)\}$/m.exec(declarations('index.d.ts'))?.[1] ?? '')
  .split(',')
  .map((name) => name.replace('type ', '').trim())

/** The comment right before a declaration: its text, one line. */
function commentBefore(code: string, declaration: RegExp): string | undefined {
  const at = declaration.exec(code)?.index
  assert.ok(at !== undefined, `${declaration} is declared`)
  const [, text] = /\/\*\*((?:(?!\*\/).)*)\*\/\s*$/s.exec(code.slice(0, at)) ?? []
  return text?.replace(/\s*\n\s*\*\s*/g, ' ').trim()
}

test('every export has a comment for the editor, which begins with what it gives', () => {
  assert.deepEqual(
    Object.keys(exit75).filter((name) => !names.includes(name)),
    [],
  )
  for (const name of names) {
    const declaration = new RegExp(`^(?:declare )?(const|let|function|class|interface|type) ${name}\\b`, 'm')
    const comment = commentBefore(declarations('index.d.ts'), declaration)
    assert.match(comment ?? '', /^[A-Z]\w* .*[.`]$/s, `the comment of ${name}`)
  }
})

test('every option of launchChild says its default', () => {
  const code = declarations('index.d.ts')
  const [, members = ''] = /interface LaunchOptions \{\n(.*?)^\}/ms.exec(code) ?? []
  const options = [...members.matchAll(/^ {4}readonly (\w+)\?:/gm)].map(([, name]) => name as string)
  assert.ok(options.length >= 16, options.join())
  for (const name of options) {
    const comment = commentBefore(members, new RegExp(`readonly ${name}\\?:`))
    if (name === 'onRestart' || name === 'env') assert.ok(comment, name)
    else assert.match(comment ?? '', /Default/, name)
  }
})
