/** What some of Node's flags mean, for the command, the parent and the child alike. */

/** Whether a flag gives the program as text, in place of a file. */
export const isEval = (flag: string): boolean => /^(-e|--eval|-p|-pe|--print)(=|$)/.test(flag)

/** Whether a flag names a loader that Node runs in a thread of its own. */
export const isThreadLoader = (flag: string): boolean => THREAD_LOADERS.has(flag.split('=', 1)[0] ?? '')
const THREAD_LOADERS = new Set(['--loader', '--experimental-loader', '--experimental_loader'])

/** Whether this is a module that Yarn preloads in each Node process of a project without node_modules (Plug'n'Play). */
export const isPlugNPlay = (specifier: string): boolean =>
  /(^|[\\/])\.pnp\.(cjs|js|loader\.mjs)$/.test(specifier)
