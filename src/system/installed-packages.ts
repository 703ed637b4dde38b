import { join } from 'node:path'

/** What npm, pnpm and Yarn write into `node_modules` at every installation. */
const WRITTEN = ['.package-lock.json', '.modules.yaml', '.yarn-state.yml']

/** Returns files, at least one of which changes at each installation into this `node_modules`. They need not exist. */
export const filesOfInstaller = (modules: string): string[] => WRITTEN.map((name) => join(modules, name))
