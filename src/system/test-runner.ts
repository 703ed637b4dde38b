/** Returns the name of the test runner whose process this is. Undefined in any other program. */
export function testRunner(): string | undefined {
  const { argv, moduleLoadList } = process as typeof process & { readonly moduleLoadList?: string[] }
  const [, runner] = RUNNERS.exec(argv[1] ?? '') ?? []
  // A program that is started by a test inherits the variables of node --test, so those tell nothing.
  return runner ?? (moduleLoadList?.includes('NativeModule test') ? 'node:test' : undefined)
}

/** Their commands, and the scripts of their workers. */
const RUNNERS = /[\\/]node_modules[\\/](?:\.bin[\\/])?(jest|vitest|mocha|ava|jasmine|uvu)\b/
