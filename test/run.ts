/**
 * `npm test`: the suite on this Node. `npm test -- name`: the files that have it in their path.
 * `npm run test:world`: what needs packages from the registry. `--record`: keeps the times for everybody.
 */
import { recordDurations } from './helpers/durations.ts'
import { failures, runTests, shown, timesOf, totalOf } from './helpers/runner.ts'
import { allTestFiles, testFiles, worldFiles } from './helpers/test-files.ts'

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))
const files = args.includes('--world') ? worldFiles(names) : testFiles(names)
if (files.length === 0) {
  console.error(
    `no test file has ${names.join(' or ')} in its path. There are:\n${allTestFiles().join('\n')}`,
  )
  process.exitCode = 1
} else {
  const results = await runTests(process.execPath, files)
  if (args.includes('--record')) recordDurations(timesOf(results))
  const count = totalOf(results.map((result) => result.count))
  console.log(`\n${failures(results)}${shown(count)}`)
  process.exitCode = count.failed === 0 ? 0 : 1
}
