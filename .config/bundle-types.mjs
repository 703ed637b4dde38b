/**
 * One declaration file per public entry, made of those that tsc emits one by one: what the entry exports, and what that
 * needs. (TypeScript 7 has no interface for tools yet, which those that do this are built on.) With
 * `isolatedDeclarations` what tsc emits is regular enough: every statement begins at the left and ends with `;` or `}`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Returns the names of the files that it has written. */
export function bundleTypes(from, to, entries) {
  return Object.entries(entries).map(([name, entry]) => {
    writeFileSync(join(to, `${name}.d.ts`), bundled(join(from, entry)))
    return `${name}.d.ts`
  })
}

function bundled(entry) {
  const files = new Map()
  const needed = new Map() // by name: the declaration, and the file that it is from
  const packages = new Set()
  const scope = (path) => files.get(path) ?? files.set(path, scopeOf(path)).get(path)

  function need(path, name) {
    const { declarations, imports } = scope(path)
    const declaration = declarations.get(name)
    const other = needed.get(name)
    if (declaration === undefined) {
      const { from, statement } = imports.get(name) ?? {}
      if (from !== undefined) need(from, name)
      else if (statement !== undefined) packages.add(statement)
    } else if (other === undefined) {
      needed.set(name, { path, declaration })
      for (const [word] of withoutComments(declaration).matchAll(/[\w$]+/g)) need(path, word)
    } else if (other.path !== path) throw new Error(`${path}: the name ${name} is used in ${other.path}, too`)
  }

  const { exported, comment } = scope(entry)
  for (const { name } of exported) need(entry, name)
  const list = exported.map(({ name, isType }) => (isType ? `type ${name}` : name))
  const parts = [
    comment,
    [...packages].join('\n'),
    ...[...needed.values()].map(({ declaration }) => declaration),
    list.length === 0 ? 'export {}' : `export { ${list.join(', ')} }`,
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** What one file declares, imports, and exports from others. */
function scopeOf(path) {
  const text = readFileSync(path, 'utf8').replace(/^export \{\};?\n/m, '')
  const scope = { declarations: new Map(), imports: new Map(), exported: [], comment: '' }
  scope.comment = /^\/\*\*.*?\*\//s.exec(text)?.[0] ?? ''
  for (const statement of statementsOf(text)) {
    const code = withoutComments(statement)
    const [, keyword, areTypes, names, from] =
      /^(import|export) (type )?(?:(.*?) from )?["'](\S*)["'];$/s.exec(code) ?? []
    const [, name] = DECLARATION.exec(code) ?? []
    if (keyword !== undefined) {
      const file = from.startsWith('.') ? join(dirname(path), from.replace(/\.[jt]s$/, '.d.ts')) : undefined
      for (const [word, local] of (names ?? '').matchAll(/(?:type )?([\w$]+)(?=\s*(?:[,}]|$))/g)) {
        scope.imports.set(local, { from: file, statement: code })
        const isType = areTypes !== undefined || word.startsWith('type ')
        if (keyword === 'export') scope.exported.push({ name: local, isType })
      }
    } else if (name !== undefined) scope.declarations.set(name, asDeclaration(statement))
    else throw new Error(`${path}: a statement of an unknown form: ${code}`)
  }
  return scope
}

const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract )?(?:const|let|function|class|interface|type|enum) ([\w$]+)/

/** The list at the end of the file exports. */
const asDeclaration = (statement) =>
  statement.replace(/^export (?=declare|interface|type)/m, '').replace(/^export /m, 'declare ')

/** Each with the comment right in front of it. (A union may have comments at the left inside it.) */
function statementsOf(text) {
  const statements = []
  let lines = []
  for (const line of text.split('\n')) {
    lines.push(line)
    const code = withoutComments(lines.join('\n'))
    const end = /^(export )?(declare )?(abstract )?(interface|class|enum) /.test(code) ? '}' : ';'
    if (/^\s/.test(line) || !code.endsWith(end)) continue
    const text = lines.join('\n').trim()
    statements.push(text.replace(/^(\/\*\*(?:(?!\*\/).)*\*\/\s*)+(?=\/\*\*)/s, ''))
    lines = []
  }
  return statements
}

const withoutComments = (text) => text.replace(/\/\*\*.*?\*\//gs, '').trim()
