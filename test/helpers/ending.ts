/** The end of a program under test, and what it must not leave behind. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { descendants, isAlive, type Run } from './start.ts'
import { until } from './until.ts'

/** Ends the program, waits for its end, and sees that no process and no temporary directory of it is left. */
export async function endsClean(run: Run, end: () => void): Promise<Awaited<Run['ended']>> {
  const processes = descendants(run.pid)
  assert.ok(processes.length > 0, 'it has a child')
  end()
  const ending = await run.ended
  await until('its processes are gone', run.output, () => !processes.some(isAlive))
  const own = readdirSync(tmpdir()).filter((name) => name.startsWith(`exit75-${run.pid}-`))
  assert.deepEqual(own, [])
  return ending
}
