/** Translates the arguments of `tsx` into flags for Node. */
import { UsageError } from '../options/usage-error.ts'
import { flagsOfLoader, type Launched, type Launcher } from './loaders.ts'
import { takesValue } from './node-arguments.ts'

export function byTsx(
  { args: [...rest], from }: Launcher,
  env: Readonly<NodeJS.ProcessEnv>,
): Launched | undefined {
  const isWatching = rest[0] === 'watch'
  if (isWatching) rest.shift()
  const flags: string[] = []
  const variables: NodeJS.ProcessEnv = {}
  for (;;) {
    const word = rest.shift()
    if (word === undefined || /^(-e|--eval|-p|--print|--test|-v|--version|-h|--help|-i|-)$/.test(word))
      return undefined
    if (!word.startsWith('-')) {
      const loaded = (file: string) => flagsOfLoader('tsx', from, file, env)
      return {
        loader: 'tsx',
        entry: word,
        args: rest,
        flags: (file) => ({ flags: [...flags, ...loaded(file).flags], env: variables }),
      }
    }
    const [name = '', inline] = word.split(/=(.*)/s)
    if (isWatching && /^--(no-)?clear-screen$/.test(name)) continue
    if (isWatching && TSX_WATCH[name] !== undefined)
      throw new UsageError(
        `${name} of tsx watch is an option of exit75 here: exit75 ${TSX_WATCH[name]} <path> tsx …`,
      )
    if (name === '--no-cache') variables.TSX_DISABLE_CACHE = '1'
    else if (name === '--tsconfig') variables.TSX_TSCONFIG_PATH = inline ?? rest.shift() ?? ''
    else flags.push(word, ...(takesValue(word) ? rest.splice(0, 1) : []))
  }
}

const TSX_WATCH: Readonly<Record<string, string>> = {
  '--include': '--watch',
  '--exclude': '--ignore',
  '--ignore': '--ignore',
}
