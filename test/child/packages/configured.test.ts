import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setsUp } from '../../../src/child/packages/configured.ts'

const ROWS: readonly (readonly [source: string, expected: boolean])[] = [
  ["import p from 'p'\np.configure({})", true],
  ["import p from 'p'\nawait p.init()", true],
  ["import p from 'p'\np.defaults.timeout = 1", true],
  ["import p from 'p'\np\n  .use(one)\n  .init()", true],
  ["import p from 'p'\nexport default p.use(one).init()", true],
  ["import p from 'p'\nfunction main() { p.configure() }", true],
  ["import p from 'p'\nif (isTest) p.disable()", true],
  ["import p from 'p'\nObject.assign(p.defaults, { a: 1 })", true],
  ["import p from 'p'\ndelete p.defaults.a", true],
  ["import { Settings } from 'p'\nSettings.zone = 'utc'", true],
  ["import { set as own } from 'p'\nown(new Agent())", true],
  ["import p, { other } from 'p'\nother.set()", true],
  ["import * as p from 'p'\np.init()", true],
  ["import {\n  one,\n  two,\n} from 'p'\ntwo()", true],
  ["import p = require('p')\np.init()", true],
  ["const p = require('p')\np.init()", true],
  ["const { types } = require('p')\ntypes.set(1)", true],
  ["const { types: own } = require('p')\nown.set(1)", true],
  ["const types = require('p').types\ntypes.set(1)", true],
  ["require('p').init()", true],
  ["(await import('p')).init()", true],
  ['const p_1 = __importDefault(require("p"));\np_1.default.defaults.timeout = 1;', true],
  ['const p_1 = require("p");\n(0, p_1.configure)({});', true],

  ["import p from 'p'", false],
  ["import 'p'", false],
  ["import p from 'p'\nconst app = p()", false],
  ["import p from 'p'\nexport const router = p.Router()", false],
  ["import p from 'p'\nexport default class One extends p.Base {}", false],
  ["import { z } from 'p'\nconst shape = z.object({\n  name: z.string(),\n})", false],
  ["import { Injectable } from 'p'\n@Injectable()\nexport class One {}", false],
  ["import p from 'p'\nimport other from 'other'\nother.init()", false],
  ["import p from 'p'\napp.p.init()", false],
  ["import p from 'p/sub'\np.init()", false],
  ["const log = require('p')('app')\nlog('one')", false],
  ["const log = require('p').create()\nlog('one')", false],
  ["const app = require('p')()\napp.use(one)", false],
]

for (const [source, expected] of ROWS)
  test(`${expected ? 'a statement' : 'no statement'} that sets up a package: ${JSON.stringify(source)}`, () => {
    assert.equal(setsUp(source, 'p'), expected)
  })
