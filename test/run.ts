/** `npm test`: the suite on this Node. `npm test -- name`: the files that have it in their name. */
import { runTests, shown, testFiles } from './helpers/runner.ts'

const count = await runTests(process.execPath, testFiles(process.argv.slice(2)))
console.log(shown(count))
process.exitCode = count.failed === 0 ? 0 : 1
