import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isExecutable, namesFor } from '../../src/cli/executable.ts'
import { foldersIn } from '../../src/cli/find-command.ts'
import { tempDir } from '../helpers/temp-dir.ts'

const ENV = { PathExt: '.COM;.EXE;.CMD' }

test('on Windows a word stands for files with the endings of PATHEXT, and for itself only with one of them', () => {
  assert.deepEqual(namesFor('tool', ENV, true), ['tool.com', 'tool.exe', 'tool.cmd'])
  assert.deepEqual(namesFor('tool.EXE', ENV, true)[0], 'tool.EXE')
  assert.deepEqual(namesFor('app.py', ENV, true), ['app.py.com', 'app.py.exe', 'app.py.cmd'])
  assert.deepEqual(namesFor('app.py', { PATHEXT: '.PY' }, true), ['app.py', 'app.py.py'])
  assert.deepEqual(namesFor('tool', {}, true), ['tool.com', 'tool.exe', 'tool.bat', 'tool.cmd'])
  assert.deepEqual(namesFor('tool', ENV, false), ['tool'])
})

test('on Windows a folder of Path may stand in quotes', () => {
  assert.deepEqual(foldersIn('"C:\\my tools";;C:\\b;"D:\\a;b"', true), ['C:\\my tools', 'C:\\b', 'D:\\a;b'])
  assert.deepEqual(foldersIn('', true), [])
})

test('on Windows the ending tells what can be run, not a permission', (t) => {
  const dir = tempDir(t, { tool: '', 'tool.CMD': '', 'app.py': '', 'folder.exe/x': '' })
  const found = ['tool', 'tool.CMD', 'app.py', 'folder.exe', 'none.exe'].filter((name) =>
    isExecutable(dir.file(name), ENV, true),
  )
  assert.deepEqual(found, ['tool.CMD'])
})
