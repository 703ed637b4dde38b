/** The fresh process in which `runProcess()` calls a function: `node run-function.js <module>#<export>`. */
import { closeSync, readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { deserialize } from 'node:v8'
import type { Role } from '../registry.ts'
import { FIRST_SOCKET, share } from '../wire.ts'
import { importString } from './import-string.ts'
import { importing } from './importing.ts'

async function main(): Promise<void> {
  const [target = ''] = process.argv.splice(2) // the function's process was given no arguments
  const args: unknown[] = deserialize(readFileSync(FIRST_SOCKET))
  closeSync(FIRST_SOCKET)
  // Who runs it has seen to restarts: `if (PARENT) launchChild() else main()` goes to main().
  share({ is: 'neither', because: 'runProcess() has started this process' } satisfies Role)

  importing.target = target
  const wanted = await importString(target)
  importing.target = undefined
  if (typeof wanted !== 'function')
    throw new TypeError(`runProcess(): ${target} is no function, but ${inspect(wanted, { depth: 0 })}`)
  await wanted(...args)
}

main().catch((error: unknown) => {
  process.stderr.write(`${inspect(error, { colors: process.stderr.isTTY })}\n`)
  process.exit(1)
})
