/**
 * Which packages the app sets up by a statement of its own: `axios.defaults.timeout = 1000`, `dayjs.extend(utc)`,
 * `require('log4js').configure(…)`, or hands to another one that does: `extendZodWithOpenApi(z)`, `new
 * MockAdapter(axios)`. The state that this changes inside a package cannot be observed, so the source is searched, and
 * in doubt it counts.
 */

/** Whether a module, with this source, sets up what it imports by this specifier. */
export function setsUp(source: string, specifier: string): boolean {
  const name = `['"\`]${escaped(specifier)}['"\`]`
  const statement = String.raw`(?:^|[;{}\n)]|\belse\b|\bexport default\b|=>)\s*(?:(?:await|void)\s+)?`
  const asked = String.raw`\(?(?:await\s+)?(?:require|import)\(\s*${name}\s*\)\)?`
  if (new RegExp(String.raw`${statement}${asked}\s*[.([]`).test(source)) return true
  if (new RegExp(argument(asked)).test(source)) return true
  return namesIn(source, name).some(({ own, isClass }) => {
    const one = escaped(own)
    const used = String.raw`${statement}(?:\(0,\s*)?${one}\s*(?:\??\.|\(|\[|\x60)`
    const named = String.raw`${one}(?<![\w$.]${one})(?:\s*\??\.\s*\w+)*\s*\??\.\s*${SETTER}\(`
    const passed = String.raw`\b(?:Object|Reflect)\.\w+\(\s*${one}\b|\bdelete\s+${one}\b`
    const handed = isClass ? [] : [argument(one, String.raw`(?:\.[a-z]\w*)?`)]
    return [used, named, passed, ...handed].some((one) => new RegExp(one).test(source))
  })
}

/** Looks for what is rare first, and then back, so that a large source takes no longer. */
const argument = (what: string, rest = ''): string =>
  String.raw`${what}(?=${rest}\s*[,)])(?<=${UP_TO_ARGUMENT}${what})`
/** The helpers of compilers, which begin with `_`, get each module. */
const UP_TO_ARGUMENT = String.raw`(?<!(?:^|[^\w$.])(?:if|for|while|switch|catch|async|function|return|typeof|_\w+)\s*)(?<=[\w$)\]]|[\w\]}]>)\s*\((?:[^()]*,)?\s*`
/** A call by such a name sets up something wherever it stands: `const t = await i18next.use(Backend).init()`. */
const SETTER = String.raw`(?:use|extend|plugin|locale|(?:init|config|setup|register|install|enable|patch|promisify)\w*|(?:set|add)[A-Z]\w*)`

interface Name {
  readonly own: string
  /** By its spelling. Whoever is given a class of a package makes one of them (`app.get(Reflector)`). */
  readonly isClass: boolean
}

/** Returns the module's own names for what it imports of the package. */
function namesIn(source: string, name: string): Name[] {
  const imported = new RegExp(String.raw`\bimport\s+(?:type\s+)?([^'";()]+?)\s*\bfrom\s*${name}`, 'g')
  const required = new RegExp(
    String.raw`([\w$]+|\{[^}]*\})\s*(?::[^=\n]+)?=\s*(?:await\s+)?(?:[\w$]+\(\s*)?(?:require|import)\(\s*${name}\s*\)\)?(?:\.\w+)*\s*(?![.(\[\w])`,
    'g',
  )
  const clauses = [imported, required].flatMap((one) =>
    [...source.matchAll(one)].map((found) => found[1] ?? ''),
  )
  return clauses.flatMap((clause) => {
    const named = (part: string) => /([\w$]+)\s*$/.exec(part)?.[1] ?? []
    const [, inside = ''] = /\{([^}]*)/.exec(clause) ?? []
    const outside = clause.replace(/\{[^}]*/, '')
    return [
      ...outside
        .split(/[,}]/)
        .flatMap(named)
        .map((own) => ({ own, isClass: false })),
      ...inside
        .split(',')
        .flatMap(named)
        .map((own) => ({ own, isClass: /^[A-Z]/.test(own) })),
    ]
  })
}

/** For a regular expression. */
export const escaped = (text: string): string => text.replace(/[$.*+?^(){}[\]|\\/]/g, '\\$&')
