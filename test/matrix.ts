/**
 * `npm run test:matrix`: the suite on every Node that the package supports, or on those named
 * (`-- 22 26`), or on all but the one that runs this (`-- others`: that one's are `npm test`).
 * `--world`: the tests that need the registry, each on two of the Nodes.
 */
import { findNode, MAJORS, OWN, versionOf } from './helpers/nodes.ts'
import type { Count, FileResult } from './helpers/run-file.ts'
import { failures, runTests, shown, totalOf } from './helpers/runner.ts'
import { isInMemory, testFiles, worldFiles } from './helpers/test-files.ts'

const args = process.argv.slice(2)
const isWorld = args.includes('--world')
const asked = args.filter((arg) => arg !== '--world')
const rows: { node: string; count: Count | string }[] = []
const results: FileResult[] = []

for (const major of majors()) {
  const node = findNode(major)
  if (node === undefined) {
    const why = `skipped: npm has no Node ${major} for ${process.platform}-${process.arch} that is known here`
    rows.push({ node: major, count: why })
    continue
  }
  const version = versionOf(node)
  console.log(`\nNode ${version}`)
  const found = await runTests(node, filesFor(major))
  rows.push({ node: version, count: totalOf(found.map((result) => result.count)) })
  results.push(...found)
}

console.log('\nNode       passed  failed  skipped')
for (const { node, count } of rows) console.log(line(node, count))
const total = totalOf(results.map((result) => result.count))
console.log(`\n${failures(results)}${shown(total)}`)
process.exitCode = total.failed === 0 && results.length > 0 ? 0 : 1

function majors(): readonly string[] {
  if (asked.length === 0) return MAJORS
  if (asked[0] === 'others') return MAJORS.filter((major) => major !== OWN)
  const strange = asked.find((major) => !/^\d+$/.test(major))
  if (strange === undefined) return asked
  throw new Error(`expected majors of Node, such as 22, or the word others, not ${strange}`)
}

/** What starts no process is the same everywhere: the Node that runs this is enough, unless others are named. */
function filesFor(major: string): string[] {
  if (isWorld) return worldFiles().filter((_, at) => isOneOfTwo(major, at))
  const isNamed = asked.includes(major)
  return testFiles().filter((file) => isNamed || major === OWN || !isInMemory(file))
}

/** The first test runs on the first and the third Node, the next one on the second and the fourth, and so on. */
function isOneOfTwo(major: string, at: number): boolean {
  return (MAJORS.indexOf(major) - at) % 2 === 0
}

function line(node: string, count: Count | string): string {
  const name = node.padEnd(9)
  if (typeof count === 'string') return `${name}  ${count}`
  const { passed, failed, skipped } = count
  return `${name}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}`
}
