/** The recipes of examples/README.md: installed with the versions that they name, started, edited. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { test } from 'node:test'
import { endsClean } from '../helpers/ending.ts'
import { installInto } from '../helpers/install.ts'
import { startCommand } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

interface Recipe {
  readonly title: string
  readonly files: Readonly<Record<string, string>>
  /** All lines of its shell block. */
  readonly lines: readonly string[]
}

const page = readFileSync(join(REPOSITORY, 'examples/README.md'), 'utf8')
const [, ...sections] = (page.split('\n## Not run by the tests')[0] ?? '').split('\n## ')
const recipes: Recipe[] = sections.map((section) => ({
  title: section.slice(0, section.indexOf('\n')),
  files: Object.fromEntries(
    [...section.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]),
  ),
  lines: (/^```sh\n(.*?)\n```$/ms.exec(section)?.[1] ?? '').split('\n'),
}))

test('every recipe has files and a line that runs it', () => {
  assert.ok(recipes.length >= 9)
  for (const { title, files, lines } of recipes) {
    assert.ok(Object.keys(files).length > 0, title)
    assert.ok(lines.at(-1) !== '', title)
  }
})

for (const { title, files, lines } of recipes)
  test(`recipe: ${title}`, async (t) => {
    const dir = tempDir(t, files)
    for (const line of lines.slice(0, -1)) install(dir, line)
    mkdirSync(dir.file('node_modules/.bin'), { recursive: true })
    if (!existsSync(dir.file('node_modules/.bin/exit75')))
      symlinkSync('../exit75/dist/cli.js', dir.file('node_modules/.bin/exit75'))
    const line = (lines.at(-1) ?? '')
      .replace('--listen 3000', '--listen 0')
      .replace('npx ', 'node_modules/.bin/')
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
    const env = { PATH: path, PORT: '0', EXIT75_STANDBY: '0' }
    const run = startCommand(t, 'sh', ['-c', `exec ${line}`], { cwd: dir.path, env })
    await run.says(/^hello/)
    const [name = ''] = Object.keys(files)
      .filter((one) => /hello/.test(files[one] ?? ''))
      .slice(-1)
    dir.write(name, (files[name] ?? '').replace('hello', 'goodbye'))
    await run.says(/^goodbye/)
    if (!line.startsWith('npm ')) await endsClean(run, () => run.signal('SIGTERM')) // npm would not wait for its end
  })

function install(dir: ReturnType<typeof tempDir>, line: string): void {
  const packages = line.split(' ').filter((word) => /^@?[\w/.-]+@\d/.test(word))
  if (packages.length > 0) {
    installInto(dir.path, packages)
    // As npm does: what the project depends on decides how its TypeScript is run.
    const description = dir.file('package.json')
    const before = existsSync(description) ? JSON.parse(readFileSync(description, 'utf8')) : {}
    const dependencies = packages.map((one) => [
      one.slice(0, one.lastIndexOf('@')),
      one.slice(one.lastIndexOf('@') + 1),
    ])
    return dir.write(
      'package.json',
      JSON.stringify({ ...before, dependencies: Object.fromEntries(dependencies) }),
    )
  }
  rmSync(dir.file('node_modules'), { recursive: true })
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: dir.path, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  symlinkSync(REPOSITORY, dir.file('node_modules/exit75'), 'dir')
}
