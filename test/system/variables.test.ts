import assert from 'node:assert/strict'
import { test } from 'node:test'
import { variable, withoutVariables, withVariables } from '../../src/system/variables.ts'

test('on Windows a variable is found in any letters, and elsewhere in its own alone', () => {
  const env = { Path: 'C:\\tools', path2: 'other' }
  assert.equal(variable(env, 'PATH', true), 'C:\\tools')
  assert.equal(variable(env, 'PATH', false), undefined)
  assert.equal(variable({ ...env, PATH: 'exact' }, 'PATH', true), 'exact')
})

test('on Windows one that is added takes the place of the same in other letters', () => {
  assert.deepEqual(withVariables({ Path: 'old', HOME: 'here' }, { PATH: 'new' }, true), {
    HOME: 'here',
    PATH: 'new',
  })
  assert.deepEqual(withVariables({ Path: 'old' }, { PATH: 'new' }, false), { Path: 'old', PATH: 'new' })
})

test('one that is taken out is gone in any letters', () => {
  assert.deepEqual(withoutVariables({ Exit75: 'off', HOME: 'here' }, ['EXIT75'], true), { HOME: 'here' })
  assert.deepEqual(withoutVariables({ Exit75: 'off', EXIT75: 'off' }, ['EXIT75'], false), { Exit75: 'off' })
})
