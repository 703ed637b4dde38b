/** A file that is asked for in another spelling than the disk has, where the file system does not mind. */
import assert from 'node:assert/strict'
import { readFileSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { generations, IN_MEMORY } from '../../helpers/generations.ts'
import { answerAsMacOs } from '../../helpers/macos/names.ts'
import { tempDir } from '../../helpers/temp-dir.ts'
import { watching } from '../../helpers/watching.ts'

answerAsMacOs()

const word = (text: string) => `export const word = '${text}'\n`

const NFD = 'wo\u0308rd/u\u0308ber.js'
const NFC = NFD.normalize('NFC')

test('the stand-in: one file by all its names', (t) => {
  const dir = tempDir(t, { [NFD]: 'one' })
  for (const name of [NFD, NFC, NFC.toUpperCase()]) assert.equal(readFileSync(dir.file(name), 'utf8'), 'one')
  assert.throws(() => readFileSync(dir.file('wo/ber.js')), { code: 'ENOENT' })
})

for (const { by, ...options } of IN_MEMORY)
  for (const [what, asked, onDisk] of [
    ['in capitals', 'Lib.js', 'lib.js'],
    ['in a directory in capitals', 'Src/Lib/word.js', 'src/lib/word.js'],
    ['composed, where the disk has it decomposed', NFC, NFD],
    ['decomposed, where the disk has it composed', NFD, NFC],
  ] as const)
    test(`${by}: ${what}: an edit counts, however it is saved, and a rename to the other spelling is none`, async (t) => {
      const dir = tempDir(t, { [onDisk]: word('one') })
      const app = generations(t, dir, { loaded: [asked], ...options })
      const file = basename(asked)
      await app.says('ready 1 one []')
      dir.write(onDisk, word('two'))
      await app.says(`ready 2 two [modified ${file}]`)
      dir.replace(onDisk, word('three'))
      await app.says(`ready 3 three [modified ${file}]`)
      await app.atRest()
      const renamed = join(dirname(onDisk), basename(asked))
      renameSync(dir.file(onDisk), dir.file(renamed))
      await app.atRest()
      dir.write(renamed, word('four'))
      await app.says(`ready 4 four [modified ${file}]`)
      dir.remove(renamed)
      dir.write(onDisk, word('five'))
      await app.says(`ready 5 five [modified ${file}]`)
    })

test('a directory that is named in capitals: what comes below it counts once', async (t) => {
  const dir = tempDir(t, { 'data/one.txt': '1', 'data/deep/two.txt': '1' })
  const { next, changes } = watching(t, [dir.file('Data')])
  dir.write('data/one.txt', '2')
  await next('modified one.txt')
  dir.write('data/deep/two.txt', '2')
  await next('modified two.txt')
  dir.write('data/deep/new.txt', '1')
  await next('added new.txt')
  assert.deepEqual(changes, ['modified one.txt', 'modified two.txt', 'added new.txt'])
})
