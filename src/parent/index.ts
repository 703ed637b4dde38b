/** What the rest of the package uses of the parent. */
export { watchPaths } from './held/watched-paths.ts'
export { relaunch } from './loop.ts'
export { commandProgram, watchedProgram } from './programs/command-program.ts'
export { nodeProgram } from './programs/node-program.ts'
