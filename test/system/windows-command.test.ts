import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startedByCmd } from '../../src/system/windows-command.ts'

const lineFor = (...args: readonly string[]): string | undefined =>
  startedByCmd({ file: 'C:\\npm\\x.cmd', args, options: { env: { COMSPEC: 'C:\\cmd.exe' } } }, true).args.at(
    -1,
  )

for (const [what, args, line] of [
  ['plain words are left alone', ['run', '--port=1', 'C:\\a\\'], '"C:\\npm\\x.cmd run "--port=1" C:\\a\\"'],
  ['nothing is a word, too', [''], '"C:\\npm\\x.cmd """'],
  ['operators are quoted', ['a&b', 'c|d>e', '^', '(f)'], '"C:\\npm\\x.cmd "a&b" "c|d>e" "^" "(f)""'],
  ['a quote is doubled', ['say "hi"'], '"C:\\npm\\x.cmd "say ""hi""""'],
  ['backslashes before a quote, too', ['a\\"b', 'a b\\'], '"C:\\npm\\x.cmd "a\\\\""b" "a b\\\\""'],
  ['no variable is expanded', ['%PATH%'], '"C:\\npm\\x.cmd "%%cd:~,%PATH%%cd:~,%""'],
] as const) {
  test(`on Windows a batch file is started by cmd.exe: ${what}`, () => assert.equal(lineFor(...args), line))
}

test('a line break, at which cmd.exe would end the line, is refused', () => {
  assert.throws(() => lineFor('a\nb'), /cmd\.exe takes no line break in an argument: "a\\nb"/)
})

test('a program is started as it is, and so is all on other systems', () => {
  for (const [file, isWindows] of [
    ['C:\\node.exe', true],
    ['C:\\tool', true],
    ['/bin/x.cmd', false],
  ] as const) {
    const given = { file, args: ['a&b'], options: { argv0: 'x' } }
    assert.deepEqual(startedByCmd(given, isWindows), given)
  }
})

test("it is the system's own cmd.exe, found by a variable in any letters", () => {
  const { file, options } = startedByCmd(
    { file: 'x.bat', args: [], options: { argv0: 'x', env: { ComSpec: 'Z' } } },
    true,
  )
  assert.equal(file, 'Z')
  assert.deepEqual(options, { env: { ComSpec: 'Z' }, windowsVerbatimArguments: true })
})
