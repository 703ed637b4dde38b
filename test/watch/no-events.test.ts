/** Where the system tells nothing of changes, or has nothing left to tell them with (Linux, in namespaces of its own). */
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { commandDir, LINE, runs } from '../helpers/command.ts'
import { startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const skip = spawnSync('unshare', ['-rm', 'true']).status === 0 ? false : 'the system allows no namespaces'
const NODE = JSON.stringify(process.execPath)

test('no inotify instance is left: a command polls from its start, and one line says so', {
  skip,
}, async (t) => {
  const dir = commandDir(t)
  const line = `echo 0 > /proc/sys/user/max_inotify_instances && exec ${NODE} '${CLI}' '${LINE}'`
  const run = startCommand(t, 'unshare', ['-r', 'sh', '-c', line], { cwd: dir.path })
  await run.says(/no file events: EMFILE for .* · polling instead/)
  await run.says('runs a')
  dir.write('version.txt', 'b')
  await run.says(runs(dir, 'b', ['modified', 'version.txt']))
})

const APP = `import { word } from './src/word.js'\nconsole.log('it is', word)\nsetInterval(() => {}, 1000)`
const word = (text: string) => `export const word = '${text}'`

test('--poll sees another directory that is mounted over one, and the first again', { skip }, async (t) => {
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'app.js': APP,
    'src/word.js': word('one'),
    'other/word.js': word('two'),
  })
  const shell = startCommand(t, 'unshare', ['-rm', 'sh'], { cwd: dir.path })
  shell.type(`${NODE} '${CLI}' --poll 50 app.js < /dev/null &\n`)
  await shell.says('it is one')
  shell.type('mount --bind other src\n')
  await shell.says('it is two')
  dir.write('other/word.js', word('three'))
  await shell.says('it is three')
  shell.type('umount src\n')
  await shell.says('it is one')
})

const LAYERS = 'lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work'

test('--poll sees an edit in the lower layer of an overlay', { skip }, async (t) => {
  const dir = tempDir(t, {
    'package.json': '{"type":"module"}',
    'app.js': APP.replace('src', 'merged'),
    'merged/keep': '',
    'layers/keep': '',
  })
  const shell = startCommand(t, 'unshare', ['-rm', 'sh'], { cwd: dir.path })
  // On a file system that can be both layers, whatever the one of the test is.
  shell.type('mount -t tmpfs none layers && mkdir layers/lower layers/upper layers/work\n')
  shell.type(`echo "${word('one')}" > layers/lower/word.js\n`)
  shell.type(`mount -t overlay overlay -o ${LAYERS} merged && echo mounted || echo refused\n`)
  const [said] = await shell.says(/^(mounted|refused)\n/)
  if (said === 'refused\n') return t.skip('the system allows no overlays')
  shell.type(`${NODE} '${CLI}' --poll 50 app.js < /dev/null &\n`)
  await shell.says('it is one')
  shell.type(`echo "${word('two')}" > layers/lower/word.js\n`)
  await shell.says('it is two')
})
