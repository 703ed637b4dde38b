import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, importOrder } from '../../../src/child/packages/import-order.ts'
import { isOnlyResolved } from '../../../src/child/packages/only-resolved.ts'

/** `a > b` : a asks for b; what begins with `node:` or has no file name is a package. */
function order(...requests: readonly string[]): string {
  const { asked, packages } = importOrder()
  for (const request of requests) {
    const [from = '', url = ''] = request.split(' > ')
    asked({
      is: 'asked',
      from: from === '' ? null : from,
      specifier: url,
      url,
      by: 'import',
      isPackage: !url.endsWith('.js'),
    } satisfies Asked)
  }
  return packages()
    .map(({ url }) => url)
    .join(' ')
}

const ROWS: readonly (readonly [what: string, requests: readonly string[], expected: string])[] = [
  ['nothing', [], ''],
  ['one after the other', [' > app.js', 'app.js > a', 'app.js > b'], 'a b'],
  ['Node’s own, too', [' > app.js', 'app.js > node:http', 'app.js > a'], 'node:http a'],
  // An import is resolved before those of the modules that come first are evaluated.
  [
    'depth first, though resolved breadth first',
    [' > app.js', 'app.js > x.js', 'app.js > last', 'x.js > first'],
    'first last',
  ],
  ['once, where it is needed first', [' > app.js', 'app.js > x.js', 'app.js > a', 'x.js > a'], 'a'],
  ['a circle of modules', [' > app.js', 'app.js > x.js', 'x.js > app.js', 'x.js > a', 'app.js > b'], 'a b'],
  ['a circle that nothing else asks for', ['x.js > y.js', 'y.js > x.js', 'y.js > a'], 'a'],
  ['a second root, a module that a loader asked for', [' > app.js', 'app.js > a', 'z.js > b'], 'a b'],
]

for (const [what, requests, expected] of ROWS)
  test(`packages in the order of their evaluation: ${what}`, () => {
    assert.equal(order(...requests), expected)
  })

test('a package is asked for by the module that asks first, in its way', () => {
  const { asked, packages } = importOrder()
  asked({ is: 'asked', from: null, specifier: './app.js', url: 'app.js', by: 'require', isPackage: false })
  asked({ is: 'asked', from: 'app.js', specifier: 'a', url: 'a', by: 'require', isPackage: true })
  asked({ is: 'asked', from: 'app.js', specifier: 'a', url: 'a', by: 'import', isPackage: true })
  assert.deepEqual(packages(), [{ url: 'a', by: 'require', from: 'app.js', after: [] }])
})

/** The packages that were set up before each one; `app` imports or requires, and sets up what is called `set`. */
for (const [by, expected] of [
  ['require', { set: [], next: ['set'], last: ['set'] }],
  // All that a module imports is there before it does anything.
  ['import', { set: [], next: [], last: ['set'] }],
] as const)
  test(`what a module sets up is set up for packages that are loaded behind it, by ${by}`, () => {
    const { asked, packages } = importOrder()
    const ask = (from: string | null, url: string) =>
      asked({ is: 'asked', from, specifier: url, url, by, isPackage: !url.endsWith('.js') })
    ask(null, 'app.js')
    ask('app.js', 'setup.js')
    ask('app.js', 'last')
    ask('setup.js', 'set')
    ask('setup.js', 'next')
    const found = packages(({ specifier }) => specifier === 'set')
    assert.deepEqual(Object.fromEntries(found.map(({ url, after }) => [url, after])), expected)
  })

for (const [source, expected] of [
  ["import.meta.resolve('one')", true],
  ["import one from 'one'\nimport.meta.resolve('one')", false],
  ["import.meta.resolve('one'); await import('one')", false],
  ["import 'one/other'\nimport.meta.resolve('one')", true],
  ["import two from 'two'", false],
  ['export * from "one"; console.log(import.meta.resolve(\'one\'))', false],
] as const)
  test(`a module ${expected ? 'only resolves' : 'may import'} a package: ${source}`, () => {
    assert.equal(isOnlyResolved(source, 'one'), expected)
  })
