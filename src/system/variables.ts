/**
 * Variables of an environment by their names. To Windows `Path` and `PATH` are the same, but in a copy of
 * `process.env` they are two, of which Node hands on the one that comes first in the alphabet.
 */

const IGNORE_CASE = process.platform === 'win32'

export function variable(
  env: Readonly<NodeJS.ProcessEnv>,
  name: string,
  ignoreCase: boolean = IGNORE_CASE,
): string | undefined {
  if (!ignoreCase || name in env) return env[name]
  const found = Object.keys(env).find((one) => isSame(one, name))
  return found === undefined ? undefined : env[found]
}

/** Returns a copy with these variables in place of those of the same name. */
export function withVariables(
  env: Readonly<NodeJS.ProcessEnv>,
  added: Readonly<NodeJS.ProcessEnv>,
  ignoreCase: boolean = IGNORE_CASE,
): NodeJS.ProcessEnv {
  return { ...(ignoreCase ? withoutVariables(env, Object.keys(added), ignoreCase) : env), ...added }
}

/** Returns a copy without the variables of these names. */
export function withoutVariables(
  env: Readonly<NodeJS.ProcessEnv>,
  names: readonly string[],
  ignoreCase: boolean = IGNORE_CASE,
): NodeJS.ProcessEnv {
  const isNamed = (one: string) => names.some((name) => (ignoreCase ? isSame(one, name) : one === name))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isNamed(name)))
}

const isSame = (one: string, other: string): boolean => one.toUpperCase() === other.toUpperCase()
