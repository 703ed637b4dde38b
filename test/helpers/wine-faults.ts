/** What Wine cannot do, each with a program of plain Node that fails there for that reason, and on Windows does not. */

interface Fault {
  readonly why: string
  /** Run by `npm run test:windows`: once it succeeds, the tests that need it are no longer to be left out. */
  readonly proof: string
}

export const WINE_FAULTS: Readonly<Record<'junctions' | 'umlauts', Fault>> = {
  junctions: {
    why: 'Wine makes no junctions',
    proof: "require('node:fs').symlinkSync(process.cwd(), 'junction-' + process.pid, 'junction')",
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
