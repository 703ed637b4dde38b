/** A command that writes what it watches neither runs at full speed nor is cut off for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCli } from '../helpers/cli.ts'
import { tempDir } from '../helpers/temp-dir.ts'

test('a command that writes a file each time is slowed down, and the file is named', async (t) => {
  const dir = tempDir(t, { 'run.sh': 'echo runs; date +%s%N > out.txt; sleep 60', 'edited.txt': '1' })
  const run = startCli(t, ['sh', 'run.sh'], { cwd: dir.path })
  await run.says('[exit75] out.txt changes every time the program runs · slowing down')
  const before = run.count('runs')
  await sleep(3000)
  assert.ok(run.count('runs') - before <= 4, `${run.count('runs') - before} runs in three seconds`)
  assert.equal(run.count(/slowing down/), 1)
})

test('a command that writes a file of another name each time is slowed down, and told the pattern', async (t) => {
  const dir = tempDir(t, { 'run.sh': 'echo runs; echo > report-$$.json; sleep 60', 'edited.txt': '1' })
  const run = startCli(t, ['sh', 'run.sh'], { cwd: dir.path })
  await run.says(
    "[exit75] report-*.json changes every time the program runs · slowing down (to leave it out: .gitignore or --ignore 'report-*.json')",
  )
  const remedied = startCli(t, ['--ignore', 'report-*.json', 'sh', 'run.sh'], { cwd: dir.path })
  await remedied.says('runs')
  dir.write('edited.txt', '2')
  await remedied.says('[exit75] edited.txt changed · restarted')
  assert.equal(remedied.count(/restarted/), 1)
})

test('a build that goes on writing is not cut off again and again', async (t) => {
  const dir = tempDir(t, {
    'run.sh': 'for part in 1 2 3 4 5 6; do date +%s%N > part$part.txt; sleep 0.1; done; echo built; sleep 60',
  })
  const run = startCli(t, ['sh', 'run.sh'], { cwd: dir.path })
  await run.says('built')
})
