/** Translates the arguments of `ts-node` into flags for Node and the variables that ts-node reads. */
import { flagsOfLoader, type Launched, type Launcher } from './loaders.ts'

export function byTsNode(
  { name: called, args: [...rest], from }: Launcher,
  env: Readonly<NodeJS.ProcessEnv>,
): Launched | undefined {
  const flags: string[] = []
  const variables: NodeJS.ProcessEnv =
    called === 'ts-node-transpile-only' ? { TS_NODE_TRANSPILE_ONLY: 'true' } : {}
  let isModule = called === 'ts-node-esm' ? true : undefined
  let isFromHere = called === 'ts-node-cwd'
  for (;;) {
    const word = rest.shift()
    if (word === undefined || word === '-') return undefined
    if (!word.startsWith('-')) {
      return {
        loader: 'ts-node',
        entry: word,
        args: rest,
        flags(file) {
          // The register itself searches tsconfig.json from the working directory.
          const known = isFromHere ? { TS_NODE_PROJECT: '', ...env } : { ...env, ...variables }
          const loader = flagsOfLoader('ts-node', from, file, known, isModule)
          return { flags: [...loader.flags, ...flags], env: { ...loader.env, ...variables } }
        },
      }
    }
    const [typed = '', inline] = word.split(/=(.*)/s)
    const name = TS_NODE_SHORT[typed] ?? typed.slice(2).replaceAll('-', '').toLowerCase()
    const value = () => inline ?? rest.shift() ?? ''
    if (name === 'esm') isModule = true
    else if (name === 'cwdmode') isFromHere = true
    else if (name === 'scriptmode') isFromHere = false
    else if (name === 'require') flags.push('-r', value())
    else if (TS_NODE_FLAGS[name] !== undefined) variables[TS_NODE_FLAGS[name]] = 'true'
    else if (TS_NODE_VALUES[name] !== undefined) {
      const variable = TS_NODE_VALUES[name]
      const earlier = variables[variable]
      variables[variable] = earlier === undefined ? value() : `${earlier},${value()}`
    } else return undefined // an option without a variable, or one that runs no file
  }
}

const TS_NODE_SHORT: Readonly<Record<string, string>> = {
  ...{ '-r': 'require', '-s': 'scriptmode', '-T': 'transpileonly', '-H': 'compilerhost', '-I': 'ignore' },
  ...{ '-P': 'project', '-C': 'compiler', '-D': 'ignorediagnostics', '-O': 'compileroptions' },
}

const variable = (name: string) => [
  name.toLowerCase(),
  `TS_NODE_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
]
const TS_NODE_FLAGS: Readonly<Record<string, string>> = Object.fromEntries(
  'files transpileOnly typeCheck compilerHost pretty skipProject skipIgnore preferTsExts logError emit scope'
    .split(' ')
    .map(variable),
)
const TS_NODE_VALUES: Readonly<Record<string, string>> = Object.fromEntries(
  'cwd dir compiler compilerOptions project ignoreDiagnostics ignore scopeDir'.split(' ').map(variable),
)
