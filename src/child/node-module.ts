/**
 * What `node:module` exports, for the preload that is an ES module (see .config/build.mjs): an import of the module
 * itself would fix what all others import from it, before packages/registered-hooks.ts has replaced functions of it.
 */
type Exports = typeof import('node:module')

const exports: Exports = process.getBuiltinModule('node:module')

export default exports
export const createRequire: Exports['createRequire'] = exports.createRequire
export const syncBuiltinESMExports: Exports['syncBuiltinESMExports'] = exports.syncBuiltinESMExports
