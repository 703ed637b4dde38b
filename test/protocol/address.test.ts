import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressKey, type ListenAddress, parseAddress, pathFault } from '../../src/protocol/address.ts'

const LOCAL = { port: 3000, host: 'localhost' }

for (const [written, meant, key] of [
  [3000, 3000, ':3000'],
  ['3000', 3000, ':3000'],
  [':3000', 3000, ':3000'],
  ['*:3000', 3000, ':3000'],
  [{ port: 3000 }, 3000, ':3000'],
  [{ port: 3000, host: undefined }, 3000, ':3000'],
  ['localhost:3000', LOCAL, 'localhost:3000'],
  ['LocalHost:3000', LOCAL, 'localhost:3000'],
  [LOCAL, LOCAL, 'localhost:3000'],
  ['127.0.0.1:80', { port: 80, host: '127.0.0.1' }, '127.0.0.1:80'],
  ['[::1]:3000', { port: 3000, host: '::1' }, '::1:3000'],
  [{ port: 3000, host: '[::1]' }, { port: 3000, host: '::1' }, '::1:3000'],
  ['0', 0, ':0'],
  [' 3000\r', 3000, ':3000'],
  ['localhost:3000\n', LOCAL, 'localhost:3000'],
  [{ port: '3000', host: 'localhost' }, LOCAL, 'localhost:3000'],
  [{ port: 3000, host: '*' }, 3000, ':3000'],
  ['[fe80::1%eth0]:3000', { port: 3000, host: 'fe80::1%eth0' }, 'fe80::1%eth0:3000'],
  ['/run/app.sock', '/run/app.sock', '/run/app.sock'],
  ['app.sock', 'app.sock', 'app.sock'],
  ['unix:/run/app.sock', '/run/app.sock', '/run/app.sock'],
  ['unix:///run/app.sock', '/run/app.sock', '/run/app.sock'],
  ['unix:app.sock', './app.sock', './app.sock'],
  ['unix:./app.sock', './app.sock', './app.sock'],
  ['./app.sock', './app.sock', './app.sock'],
  ['./host:80', './host:80', './host:80'],
  ['unix:./3000', './3000', './3000'],
  ['unix:./@name', './@name', './@name'],
] as const) {
  test(`${JSON.stringify(written)} is ${key}`, () => {
    assert.deepEqual(parseAddress(written), meant)
    assert.equal(addressKey(written as unknown as ListenAddress), key)
    assert.deepEqual(parseAddress(meant), meant, 'what has been read is read as the same')
  })
}

for (const written of [
  ...[
    'udp:3000',
    'tcp:3000',
    'tcp4:3000',
    'http:80',
    'https:443',
    'fd:3',
    'unix:80000000:',
    'http://localhost:3000',
  ],
  ...[
    'app',
    'app.txt',
    'app:',
    ':',
    '',
    ' ',
    '70000',
    ':70000',
    'localhost:70000',
    '::1:3000',
    '[::1]',
    'a b:3000',
  ],
  ...[
    'localhost:http',
    '@abstract',
    '\0abstract/x',
    'unix:',
    'unix:\0x',
    'unix:@abstract',
    'unix:@abstract/x',
    '-1',
    '3000.5',
    '[]:3000',
    ':3000/',
  ],
  ...[
    -1,
    65536,
    3.5,
    Number.NaN,
    null,
    undefined,
    true,
    [],
    [3000],
    {},
    { port: '' },
    { port: 'http' },
    { port: 1, path: 'x' },
  ],
  ...[{ port: 1, host: '' }, { host: 'localhost' }, { port: 1, host: 1 }],
]) {
  const isPath = written === ':3000/' || written === 'unix:80000000:'
  test(`${JSON.stringify(written)} is ${isPath ? 'a path' : 'not an address'}`, () => {
    assert.equal(typeof parseAddress(written), isPath ? 'string' : 'undefined')
  })
}

test('a path may be as long as the system lets it be, in bytes', () => {
  const longest = process.platform === 'darwin' ? 103 : 107
  assert.equal(pathFault(`/${'x'.repeat(longest - 1)}`), undefined)
  assert.match(
    String(pathFault(`/${'x'.repeat(longest)}`)),
    new RegExp(
      `^the path /x+ has ${longest + 1} bytes, but that of a Unix socket may have at most ${longest}$`,
    ),
  )
  assert.match(String(pathFault(`/${'ü'.repeat(longest / 2 + 1)}`)), /bytes/)
})
