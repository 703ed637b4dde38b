import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { KNOWN, readConfig } from '../../src/options/config.ts'
import { configSchema } from '../../src/options/schema.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'

interface Property {
  readonly description: string
  readonly default?: unknown
  readonly type?: string
  readonly enum?: readonly unknown[]
}
const textOf = (name: string) => readFileSync(join(REPOSITORY, name), 'utf8')
const schema = configSchema(textOf('src/options/interface.ts')) as {
  readonly properties: Record<string, Property>
}
const { $schema: own, ...properties } = schema.properties

test('the package ships the schema that the table of options gives', () => {
  assert.deepEqual(JSON.parse(textOf('config.schema.json')), JSON.parse(JSON.stringify(schema)))
  assert.deepEqual(own, { type: 'string' })
})

test('it has every option that a configuration can hold, each described and with its kind', () => {
  assert.deepEqual(Object.keys(properties), [...KNOWN.keys()])
  for (const [name, property] of Object.entries(properties)) {
    assert.match(property.description, /^[A-Z].*\.$/s, name)
    assert.ok('type' in property || 'enum' in property || 'oneOf' in property, name)
  }
})

test('each default is one that it allows', () => {
  for (const [name, { default: value, type, enum: words }] of Object.entries(properties)) {
    if (value === undefined) continue
    if (words !== undefined) assert.ok(words.includes(value), name)
    else if (type !== undefined) assert.equal(Array.isArray(value) ? 'array' : typeof value, type, name)
  }
})

test('the defaults are those of the command', () => {
  assert.equal(properties.onCrash?.default, 'wait')
  assert.equal(properties.onExit?.default, undefined, 'at a terminal it is another one')
  assert.deepEqual([properties.poll?.default, properties.log?.default], [false, 'info'])
})

test('a configuration may name it', (t) => {
  const dir = tempDir(t, {
    'exit75.config.json': '{"$schema":"./node_modules/exit75/config.schema.json","settle":5}',
  })
  assert.deepEqual(readConfig(dir.path, null), { settle: 5 })
})
