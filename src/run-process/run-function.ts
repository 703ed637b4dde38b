/** The fresh process in which `runProcess()` calls a function: `node run-function.js <module>#<export>`. */
import { closeSync, readSync } from 'node:fs'
import { inspect } from 'node:util'
import { deserialize } from 'node:v8'
import { FIRST_SOCKET } from '../protocol/address.ts'
import { share } from '../protocol/threads.ts'
import type { Role } from '../registry.ts'
import { importString } from './import-string.ts'
import { importing } from './importing.ts'

async function main(): Promise<void> {
  const [target = ''] = process.argv.splice(2) // so that the function sees no arguments
  const args: unknown[] = deserialize(message())
  // runProcess() takes care of restarts, so `if (PARENT) launchChild(); else main()` calls main().
  share({ is: 'neither', because: 'runProcess() has started this process' } satisfies Role)

  importing.target = target
  const callee = await importString(target)
  importing.target = undefined
  if (typeof callee !== 'function')
    return fail(`[exit75] ${target} is not a function, but ${inspect(callee, { depth: 0 })}`)
  await callee(...args)
}

/**
 * Avoids readFileSync(), which calls fstat() on the pipe: the next realpathSync() then takes its first link
 * for that socket and stops there (nodejs/node, lib/fs.js), and a linked package would be loaded twice.
 */
function message(): Buffer {
  const chunks: Buffer[] = []
  for (;;) {
    const chunk = Buffer.alloc(65_536)
    const length = readSync(FIRST_SOCKET, chunk)
    if (length === 0) break
    chunks.push(chunk.subarray(0, length))
  }
  closeSync(FIRST_SOCKET)
  return Buffer.concat(chunks)
}

function fail(text: string): void {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

main().catch((error: unknown) => {
  const { message = '' } = (error ?? {}) as Error
  const [, name] = /^importString\(\): (.*)/s.exec(message) ?? []
  fail(name === undefined ? inspect(error, { colors: process.stderr.isTTY }) : `[exit75] ${name}`)
})
