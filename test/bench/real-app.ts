/** Applications of some size: twelve packages, and in TypeScript 60 modules of their own. */

/** What a server of some size is made of. */
export const PACKAGES = {
  'reflect-metadata': '0.2.2',
  '@nestjs/core': '12.5.1',
  '@nestjs/common': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  express: '5.3.0',
  rxjs: '7.8.2',
  typeorm: '1.1.1',
  '@aws-sdk/client-s3': '3.1175.0',
  mongoose: '9.12.1',
  lodash: '4.18.1',
  axios: '1.21.1',
  pino: '10.4.0',
} as const
export const MODULES = 60
const NOW = 'performance.timeOrigin + performance.now()'

export type Language = 'js' | 'ts'

export const versionModule = (version: number): string => `export const version = ${version}\n`

/**
 * The files of one; it prints `up`, its version and the time when its server listens. `inProcess`: it asks for the
 * edited module again and again, as an app has to for hot-hook, and prints the same when that is another one.
 */
export function realApp(language: Language, inProcess = false): Record<string, string> {
  const own = language === 'ts' ? Array.from({ length: MODULES }, (_, at) => `m${at}`) : []
  return {
    'package.json':
      '{"type":"module","devDependencies":{"tsx":"*"},"hotHook":{"boundaries":["./version.js"]}}',
    'tsconfig.json': '{"compilerOptions":{"module":"nodenext","target":"es2022"}}',
    [`version.${language}`]: versionModule(0),
    [`app.${language}`]: `
        ${Object.keys(PACKAGES)
          .map((name) => `import '${name}'`)
          .join('\n')}
        import express from 'express'
        ${own.map((name) => `import { ${name} } from './${name}.js'`).join('\n')}
        ${inProcess ? "let { version } = await import('./version.js')" : "import { version } from './version.js'"}
        const app = express()
        app.get('/', (_, answer) => answer.send([version, ${own.join(', ')}].join()))
        const server = app.listen(0, () => console.log('up', version, ${NOW}))
        ${inProcess ? ASKING : ''}`,
    ...Object.fromEntries(
      own.map((name, at) => [
        `${name}.ts`,
        `export interface Of${at} { readonly at: number }\nexport const ${name}: Of${at} = { at: ${at} }\n`,
      ]),
    ),
  }
}

const ASKING = `
        setInterval(async () => {
          const next = await import('./version.js')
          if (next.version === version) return
          version = next.version
          console.log('up', version, ${NOW})
        }, 5)`
