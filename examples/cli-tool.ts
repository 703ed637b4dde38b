/**
 * An interactive tool on standard input. Start it (`node --import tsx examples/cli-tool.ts`), type a
 * line, edit `reversed` and save while it waits for the next one: the same terminal goes on with the
 * new code. `quit 3` ends it, and `echo $?` says 3; so does Ctrl-D with 0.
 */
import { createInterface } from 'node:readline/promises'
import { generation, launchChild, onRestart, PARENT } from 'exit75'

const reversed = (line: string): string => [...line].reverse().join('')

async function main(): Promise<void> {
  // Without `output` the terminal stays as it is: a standby can be kept, and Ctrl-C works as ever.
  const lines = createInterface({ input: process.stdin })
  onRestart(() => lines.close())
  console.log(`generation ${generation}: type something, or quit and an exit code`)
  for await (const line of lines) {
    const [, code] = /^quit ?(\d*)$/.exec(line) ?? []
    if (code !== undefined) process.exit(Number(code))
    console.log(reversed(line))
  }
}

if (PARENT) launchChild()
else await main()
