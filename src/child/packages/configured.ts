/**
 * Which packages the app sets up by a statement of its own: `axios.defaults.timeout = 1000`, `dayjs.extend(utc)`,
 * `require('log4js').configure(…)`. The state that such a statement changes inside a package cannot be observed, so
 * the source is searched, and in doubt a statement counts.
 */

/** Whether a module, with this source, sets up what it imports by this specifier. */
export function setsUp(source: string, specifier: string): boolean {
  const name = `['"\`]${escaped(specifier)}['"\`]`
  const statement = String.raw`(?:^|[;{}\n)]|\belse\b|\bexport default\b|=>)\s*(?:(?:await|void)\s+)?`
  const asked = String.raw`\(?(?:await\s+)?(?:require|import)\(\s*${name}\s*\)\)?`
  if (new RegExp(String.raw`${statement}${asked}\s*[.([]`).test(source)) return true
  return namesIn(source, name).some((own) => {
    const one = escaped(own)
    const used = String.raw`${statement}(?:\(0,\s*)?${one}\s*(?:\??\.|\(|\[|\x60)`
    const passed = String.raw`\b(?:Object|Reflect)\.\w+\(\s*${one}\b|\bdelete\s+${one}\b`
    return new RegExp(`${used}|${passed}`).test(source)
  })
}

/** Returns the module's own names for what it imports of the package. */
function namesIn(source: string, name: string): string[] {
  const imported = new RegExp(String.raw`\bimport\s+(?:type\s+)?([^'";()]+?)\s*\bfrom\s*${name}`, 'g')
  const required = new RegExp(
    String.raw`([\w$]+|\{[^}]*\})\s*(?::[^=\n]+)?=\s*(?:await\s+)?(?:[\w$]+\(\s*)?(?:require|import)\(\s*${name}\s*\)\)?(?:\.\w+)*\s*(?![.(\[\w])`,
    'g',
  )
  const clauses = [imported, required].flatMap((one) =>
    [...source.matchAll(one)].map((found) => found[1] ?? ''),
  )
  return clauses.flatMap((clause) =>
    clause.split(/[{},]/).flatMap((part) => /([\w$]+)\s*$/.exec(part)?.[1] ?? []),
  )
}

const escaped = (text: string): string => text.replace(/[$.*+?^(){}[\]|\\/]/g, '\\$&')
