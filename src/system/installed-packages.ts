import { join } from 'node:path'

/** What npm, pnpm and Yarn write into `node_modules` at every installation. */
const WRITTEN = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml']

/** Returns the files of which one changes whenever anything in this `node_modules` is installed. They need not exist. */
export const filesOfInstaller = (modules: string): string[] => WRITTEN.map((name) => join(modules, name))
