/** Translates the arguments of `swc-node`, which runs Node with these and one more `-r`. */
import { flagsOfLoader, type Launched, type Launcher } from './loaders.ts'
import { isRestartable, splitFlags } from './node-arguments.ts'

export function bySwcNode(
  { loader, args: words, from }: Launcher,
  env: Readonly<NodeJS.ProcessEnv>,
): Launched | undefined {
  const { flags, rest, isEval } = splitFlags(words)
  const [entry, ...args] = rest
  if (entry === undefined || entry === '-' || isEval || !isRestartable(flags)) return undefined
  return {
    loader,
    entry,
    args,
    flags(file) {
      const loaded = flagsOfLoader(loader, from, file, env, false) // with `-r`, whatever the entry is
      return { flags: [...loaded.flags, ...flags], env: loaded.env }
    },
  }
}
