/** What Wine cannot do, each with a program of plain Node that fails there for that reason, and on Windows does not. */

interface Fault {
  readonly why: string
  /** Run by `npm run test:windows`: once it succeeds, the tests that need it are no longer to be left out. */
  readonly proof: string
}

export const WINE_FAULTS: Readonly<Record<'junctions' | 'umlauts' | 'kills', Fault>> = {
  junctions: {
    why: 'Wine makes no junctions',
    proof: "require('node:fs').symlinkSync(process.cwd(), 'junction-' + process.pid, 'junction')",
  },
  kills: {
    why: 'of who is killed while it starts a process, Wine leaves that process, which never begins, and has its output open',
    proof: `
      const { spawn } = require('node:child_process')
      function parent() {
        const start = () => require('node:child_process').spawn(process.execPath, ['-e', '0'], { stdio: 'inherit' })
        process.stdin.once('data', start)
        console.log('ready')
      }
      async function main() {
        for (let round = 0; round < 10; round += 1) {
          const one = spawn(process.execPath, ['-e', '(' + parent + ')()'], { stdio: ['pipe', 'pipe', 'ignore'] })
          await new Promise((go) => one.stdout.once('data', go))
          const closed = new Promise((go) => one.on('close', () => go(true)))
          one.stdin.write('go')
          await new Promise((go) => setTimeout(go, 5 * round))
          one.kill()
          if (!(await Promise.race([closed, new Promise((go) => setTimeout(go, 5000, false))]))) process.exit(1)
        }
        process.exit(0)
      }
      main()`,
  },
  umlauts: {
    why: 'Wine makes no directory by mkdtemp() whose name has letters of other languages',
    proof:
      "const { join } = require('node:path'); require('node:fs').mkdtempSync(join(process.cwd(), '\\u00fc-'))",
  },
}

/** For the option `skip` of a test. */
export const unlessWine = (fault: keyof typeof WINE_FAULTS): string | false =>
  process.env.EXIT75_WINE === undefined ? false : WINE_FAULTS[fault].why
