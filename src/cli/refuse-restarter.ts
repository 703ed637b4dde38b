/** Refuses another restarter in place of the program: both would act on each change. */
import { resolve } from 'node:path'
import { UsageError } from '../options/usage-error.ts'
import { type Restarter, restarterIn } from '../system/restarters.ts'
import { isFile } from './executable.ts'
import { hasSlash, type Place } from './find-command.ts'
import { hasNodeExtension } from './program-file.ts'

/** Throws a {@link UsageError} that says what to write instead. */
export function refuseRestarter(typed: readonly string[], place: Place): void {
  const words = withoutPackageManager(typed)
  if (isOwn(words[0] ?? '', place)) return
  const found = restarterIn(words) ?? supervisorIn(words) ?? runtimeIn(words)
  if (found === undefined) return
  const instead = ['exit75', ...programOf(found, place)].join(' ')
  throw new UsageError(
    found.name === 'exit75'
      ? `exit75 is written twice, and once is enough: ${instead}`
      : `${found.name} restarts programs itself, and both would act on each change. Write: ${instead}`,
  )
}

/** A file of the project that only has such a name. */
const isOwn = (word: string, { directory }: Place): boolean =>
  hasSlash(word) ? !/[\\/]node_modules[\\/]/.test(word) : isFile(resolve(directory, word))

/** `npx nodemon …`, `pnpm exec nodemon …`; in `npm run nodemon` it is the name of a script. */
function withoutPackageManager(words: readonly string[]): readonly string[] {
  const [manager = '', ...rest] = words
  if (!/^(npx|npm|pnpm|pnpx|yarn|bunx)$/.test(manager)) return words
  const at = rest.findIndex((word) => !/^(exec|x|dlx|-y|--yes|--no|--no-install|--)$/.test(word))
  return at < 1 && manager === 'npm' ? words : rest.slice(at)
}

function supervisorIn([name = '', verb = '', ...rest]: readonly string[]): Restarter | undefined {
  if (/^(pm2|forever)$/.test(name) && verb === 'start') return { name: `${name} start`, rest }
  return /^(forever|pm2-dev|pm2-runtime)$/.test(name) ? { name, rest: [verb, ...rest] } : undefined
}

/** `bun --watch app.ts`, `deno run --watch app.ts`: their programs are run as any command is. */
function runtimeIn([name = '', ...args]: readonly string[]): Restarter | undefined {
  const flag = args.find((arg) => /^--(watch|hot)/.test(arg))
  if (!/^(bun|deno)$/.test(name) || flag === undefined) return undefined
  return { name: `${name} ${flag}`, rest: [name, ...args.filter((arg) => !/^--(watch|hot)/.test(arg))] }
}

/** Returns what is to follow `exit75`. */
function programOf({ name, rest }: Restarter, { directory }: Place): readonly string[] {
  if (name === 'exit75' || /^(bun|deno)/.test(name)) return rest
  if (rest.includes('--')) return rest.slice(rest.indexOf('--') + 1)
  const command = rest[rest.findIndex((word) => /^(--exec|-x)$/.test(word)) + 1]
  const at = rest.findIndex(
    (word) =>
      !/^-|\.config\.[cm]?js$/.test(word) && (hasNodeExtension(word) || isFile(resolve(directory, word))),
  )
  const program = at < 0 ? [] : rest.slice(at)
  const isByCommand = command !== undefined && command !== rest[0] && !program.includes(command)
  const all = isByCommand ? [command, ...program] : program
  return all.length === 0 ? ['<program>'] : all
}
