/** The same tests as in the suite, for longer: what is rare, or grows slowly. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFile } from '../helpers/run-file.ts'

for (const [what, file, env] of [
  ['twenty restarts leave nothing in the parent', 'test/parent/live.test.ts', { EXIT75_LOAD: '20' }],
  ['twenty restarts under load', 'test/app/drain.test.ts', { EXIT75_LOAD: '20' }],
  ['half a minute of random edits, signals and kills', 'test/fuzz.test.ts', { FUZZ_SECONDS: '30' }],
] as const) {
  test(what, async (t) => {
    const { output, count } = await runFile(process.execPath, file, { env })
    for (const line of output.match(/^ℹ .*(SEED|requests|rounds).*$/gm) ?? []) t.diagnostic(line)
    assert.equal(count.failed, 0, output)
  })
}
