/** Packages from npm for one test, installed once into node_modules/.cache and copied from there. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './temp-dir.ts'

/**
 * A node_modules folder with these packages, pinned (`express@5.1.0`), put into a directory. `overrides`
 * are versions of what they depend on themselves, `more` are flags for npm.
 */
export function installInto(
  directory: string,
  packages: readonly string[],
  overrides: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): void {
  // What is compiled fits one version of Node's interface.
  const what = [process.versions.modules, ...packages, ...Object.entries(overrides).flat()].join(' ')
  const key = createHash('sha256').update(what).digest('hex').slice(0, 16)
  const cache = join(REPOSITORY, 'node_modules/.cache/exit75-packages', key)
  if (!existsSync(cache)) {
    const beside = `${cache}.${process.pid}`
    mkdirSync(beside, { recursive: true })
    // Add-ons are fetched or compiled by their own scripts, which npm is about to run only if allowed.
    const allowScripts = Object.fromEntries(packages.map((one) => [one, true]))
    writeFileSync(join(beside, 'package.json'), JSON.stringify({ private: true, allowScripts, overrides }))
    const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error', ...more]
    const { status, error } = spawnSync('npm', ['install', ...packages, ...flags], {
      cwd: beside,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error(`npm could not install ${packages.join(' ')}`, { cause: error })
    put(beside, cache)
  }
  cpSync(join(cache, 'node_modules'), join(directory, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  })
}

/** Another test may have been faster: then its folder stays. */
function put(made: string, place: string): void {
  try {
    renameSync(made, place)
  } catch (error) {
    if (!existsSync(place)) throw error
    rmSync(made, { recursive: true })
  }
}
