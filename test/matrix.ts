/**
 * `npm run test:matrix`: the suite on every Node that the package supports, or on those named
 * (`-- 22 26`), or on all but the one that runs this (`-- others`: that one's are `npm test`).
 */
import { findNode, MAJORS, OWN, versionOf } from './helpers/nodes.ts'
import { type Count, runTests, shown, testFiles } from './helpers/runner.ts'

const files = testFiles([])
const rows: { node: string; count: Count | string }[] = []
for (const major of majors(process.argv.slice(2))) {
  const node = findNode(major)
  if (node === undefined) {
    const why = `skipped: npm has no Node ${major} for ${process.platform}-${process.arch} that is known here`
    rows.push({ node: major, count: why })
    continue
  }
  const version = versionOf(node)
  console.log(`\nNode ${version}`)
  rows.push({ node: version, count: await runTests(node, files) })
}

console.log('\nNode       passed  failed  skipped')
for (const { node, count } of rows) console.log(line(node, count))
const counts = rows.map((row) => row.count).filter((count) => typeof count !== 'string')
const total = {
  passed: sum(counts.map((count) => count.passed)),
  failed: sum(counts.map((count) => count.failed)),
  skipped: sum(counts.map((count) => count.skipped)),
}
console.log(shown(total))
process.exitCode = total.failed === 0 && counts.length > 0 ? 0 : 1

function majors(asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return MAJORS
  if (asked[0] === 'others') return MAJORS.filter((major) => major !== OWN)
  const strange = asked.find((major) => !/^\d+$/.test(major))
  if (strange === undefined) return asked
  throw new Error(`expected majors of Node, such as 22, or the word others, not ${strange}`)
}

function line(node: string, count: Count | string): string {
  const name = node.padEnd(9)
  if (typeof count === 'string') return `${name}  ${count}`
  const { passed, failed, skipped } = count
  return `${name}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
