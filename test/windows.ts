/**
 * `npm run test:windows`: the tests for Windows, by Windows' own Node under Wine; on all versions of Node, or on
 * those named (`-- 22 26`), all files, or those that have a word in their path (`-- commands`).
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { MAJORS } from './helpers/nodes.ts'
import type { Count } from './helpers/run-file.ts'
import { shown, totalOf } from './helpers/runner.ts'
import { REPOSITORY } from './helpers/temp-dir.ts'
import { windowsFiles } from './helpers/test-files.ts'
import { DRIVE_C, inWine, missingForWine, prepareWine, windowsNode } from './helpers/wine.ts'
import { WINE_FAULTS } from './helpers/wine-faults.ts'

/** What the tests need of the repository; on drive C: it has the same layout. */
const PLACE = 'exit75'
const NEEDED = ['package.json', 'README.md', 'dist', 'test/helpers/count.mjs']
/** A file that takes longer hangs, in s. */
const LIMIT = 1800

const args = process.argv.slice(2)
const majors = args.filter((arg) => /^\d+$/.test(arg))
const words = args.filter((arg) => !/^\d+$/.test(arg))
const missing = missingForWine()
if (missing.length > 0) {
  console.error(`npm run test:windows needs:\n${missing.map((line) => `- ${line}\n`).join('')}`)
  process.exitCode = 1
} else await main()

async function main(): Promise<void> {
  prepareWine()
  const files = windowsFiles(words)
  await copy(files)
  const rows: { major: string; count: Count }[] = []
  for (const major of majors.length > 0 ? majors : MAJORS) {
    console.log(`\nWindows' Node ${major}, ${files.length} test files`)
    rows.push({ major, count: await runAll(windowsNode(major), files) })
  }
  console.log('')
  for (const { major, count } of rows) console.log(`Node ${major}: ${shown(count)}, ${count.skipped} skipped`)
  const total = totalOf(rows.map(({ count }) => count))
  console.log(`\n${shown(total)}`)
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
}

/** Each test file as one of JavaScript: what runs TypeScript elsewhere is a program of this system. */
async function copy(files: readonly string[]): Promise<void> {
  const target = join(DRIVE_C, PLACE)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const path of NEEDED) cpSync(join(REPOSITORY, path), join(target, path), { recursive: true })
  const { dependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies))
    cpSync(join(REPOSITORY, 'node_modules', name), join(target, 'node_modules', name), { recursive: true })
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: [...files],
    outbase: '.',
    outdir: target,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'error',
  })
}

/** One after the other, in one session: the start of Wine takes seconds. */
async function runAll(node: string, files: readonly string[]): Promise<Count> {
  const counts = join(DRIVE_C, PLACE, 'counts')
  rmSync(counts, { recursive: true, force: true })
  mkdirSync(counts)
  const lines = files.map((file, at) => {
    const built = file.replace(/\.ts$/, '.mjs')
    return `echo; echo ${file}; timeout ${LIMIT} wine '${node}' --enable-source-maps \
      --test-reporter=spec --test-reporter-destination=output.txt \
      --test-reporter=./test/helpers/count.mjs --test-reporter-destination=counts/${at}.json ${built} > other.txt 2>&1
      cat output.txt other.txt`
  })
  const proofs = Object.entries(WINE_FAULTS).map(
    ([name, { proof }]) => `wine '${node}' -e "${proof}" > other.txt 2>&1 && touch counts/${name}.mended`,
  )
  const begin = 'wineserver --persistent'
  // What the proofs have left behind is in nobody's way.
  const anew = ['wineserver --kill', 'wineserver --wait', begin]
  const session = [`cd "$HOME/.wine/drive_c/${PLACE}"`, begin, ...proofs, ...anew, ...lines].join('\n')
  await inWine(session, (text) => process.stdout.write(text))
  const mended = Object.keys(WINE_FAULTS).filter((name) => existsSync(join(counts, `${name}.mended`)))
  for (const name of mended) console.log(`${name}: Wine can do it now, see helpers/wine-faults.ts`)
  return totalOf([
    ...files.map((_, at) => countIn(join(counts, `${at}.json`))),
    { passed: 0, failed: mended.length, skipped: 0 },
  ])
}

/** A file that got to no count has failed. */
function countIn(file: string): Count {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
