/**
 * Real applications answer the same whether they were started cold or from a standby that had loaded their packages.
 * Each prints `up`, its generation's version and its port; a bot asks a server of the test's instead.
 */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { startCli } from '../helpers/cli.ts'
import { installInto } from '../helpers/install.ts'
import { hasLoadedAhead } from '../helpers/standby.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

const PACKAGES = {
  '@nestjs/common': '12.5.1',
  '@nestjs/core': '12.5.1',
  '@nestjs/platform-express': '12.5.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  'class-validator': '0.15.1',
  'class-transformer': '0.5.1',
  fastify: '5.12.8',
  '@fastify/cors': '11.4.3',
  '@fastify/cookie': '11.1.5',
  '@fastify/jwt': '10.2.8',
  '@fastify/swagger': '9.9.3',
  '@fastify/rate-limit': '11.2.0',
  express: '5.3.0',
  typeorm: '1.1.1',
  'sql.js': '1.16.0',
  graphql: '17.1.0',
  'graphql-yoga': '5.24.1',
  telegraf: '4.16.3',
}

interface App {
  readonly file: string
  readonly code: string
  /** Paths, with the body of a POST where there is one. */
  readonly requests: readonly (readonly [path: string, body?: unknown])[]
}

const APPS: Readonly<Record<string, App>> = {
  'NestJS, with pipes and validation': {
    file: 'nest.cjs',
    code: `
      require('reflect-metadata')
      const { Body, Controller, Get, Injectable, Module, Post, Query, ValidationPipe } = require('@nestjs/common')
      const { NestFactory } = require('@nestjs/core')
      const { IsEmail, IsInt, Min } = require('class-validator')
      const version = require('./version.cjs')
      const decorate = (target, name, types, ...decorators) => {
        Reflect.defineMetadata('design:paramtypes', types, target, name)
        const own = Object.getOwnPropertyDescriptor(target, name)
        for (const one of decorators) one(target, name, own)
      }
      class User { email; age }
      Reflect.defineMetadata('design:type', Number, User.prototype, 'age')
      IsEmail()(User.prototype, 'email'); IsInt()(User.prototype, 'age'); Min(18)(User.prototype, 'age')
      class Service { greet(name) { return { hello: name ?? 'nobody' } } }
      Injectable()(Service)
      class Users {
        constructor(service) { this.service = service }
        greet(name) { return this.service.greet(name) }
        create(user) { return { created: user, isUser: user instanceof User } }
      }
      Reflect.defineMetadata('design:paramtypes', [Service], Users)
      decorate(Users.prototype, 'greet', [String], Get('greet'))
      Query('name')(Users.prototype, 'greet', 0)
      decorate(Users.prototype, 'create', [User], Post())
      Body()(Users.prototype, 'create', 0)
      Controller('users')(Users)
      class App {}
      Module({ controllers: [Users], providers: [Service] })(App)
      NestFactory.create(App, { logger: false }).then(async (app) => {
        app.useGlobalPipes(new ValidationPipe({ transform: true }))
        await app.listen(0)
        console.log('up', version, app.getHttpServer().address().port)
      })`,
    requests: [
      ['/users/greet?name=you'],
      ['/users', { email: 'no', age: 3 }],
      ['/users', { email: 'a@b.example', age: 30 }],
      ['/none'],
    ],
  },
  'Fastify with plugins': {
    file: 'fastify.mjs',
    code: `
      import cookie from '@fastify/cookie'
      import cors from '@fastify/cors'
      import jwt from '@fastify/jwt'
      import limit from '@fastify/rate-limit'
      import swagger from '@fastify/swagger'
      import fastify from 'fastify'
      import version from './version.cjs'
      const app = fastify()
      await app.register(swagger, { openapi: { info: { title: 'T', version: '1' } } })
      await app.register(cors, { origin: 'https://a.example' })
      await app.register(cookie, { secret: 's' })
      await app.register(jwt, { secret: 's' })
      await app.register(limit, { max: 5, timeWindow: 60000 })
      const body = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } }
      app.get('/signed', (request, reply) => reply.setCookie('c', 'v', { signed: true }).send({ token: app.jwt.sign({ a: 1, iat: 1 }) }))
      app.post('/checked', { schema: { body } }, async (request) => ({ id: request.body.id }))
      app.get('/openapi', async () => app.swagger())
      await app.listen({ port: 0 })
      console.log('up', version, app.server.address().port)`,
    requests: [
      ['/signed'],
      ['/checked', { id: '5' }],
      ['/checked', { id: 'x' }],
      ['/openapi'],
      ['/none'],
      ['/signed'],
    ],
  },
  'Express with TypeORM': {
    file: 'express.cjs',
    code: `
      require('reflect-metadata')
      const express = require('express')
      const { DataSource, EntitySchema, Like } = require('typeorm')
      const version = require('./version.cjs')
      const Note = new EntitySchema({ name: 'note', columns: { id: { type: Number, primary: true, generated: true }, text: { type: String } } })
      const source = new DataSource({ type: 'sqljs', entities: [Note], synchronize: true })
      source.initialize().then(() => {
        const app = express().use(express.json())
        const notes = source.getRepository(Note)
        app.post('/notes', async (request, response) => response.json(await notes.save({ text: request.body.text })))
        app.get('/notes', async (request, response) => response.json(await notes.findBy({ text: Like(request.query.like) })))
        app.get('/fails', () => { throw Object.assign(new Error('teapot'), { status: 418, stack: 'none' }) })
        const server = app.listen(0, () => console.log('up', version, server.address().port))
      })`,
    requests: [['/notes', { text: 'one' }], ['/notes', { text: 'two' }], ['/notes?like=t%25'], ['/fails']],
  },
  GraphQL: {
    file: 'graphql.mjs',
    code: `
      import { createServer } from 'node:http'
      import { GraphQLError } from 'graphql'
      import { createSchema, createYoga } from 'graphql-yoga'
      import version from './version.cjs'
      const typeDefs = 'type Query { add(a: Int!, b: Int!): Int!, fails: Int } type Mutation { keep(word: String!): [String!]! }'
      const words = []
      const resolvers = {
        Query: { add: (_, { a, b }) => a + b, fails() { throw new GraphQLError('no', { extensions: { code: 'NO' } }) } },
        Mutation: { keep: (_, { word }) => (words.push(word), words) },
      }
      const server = createServer(createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false }))
      server.listen(0, () => console.log('up', version, server.address().port))`,
    requests: [
      ['/graphql', { query: '{ add(a: 1, b: 2) }' }],
      ['/graphql', { query: '{ fails }' }],
      ['/graphql', { query: 'mutation { keep(word: "a") }' }],
      ['/graphql', { query: '{ nope }' }],
      ['/graphql', { query: '{ __schema { types { name } } }' }],
    ],
  },
}

let packages: TempDir
const undo: (() => unknown)[] = []
before(() => {
  packages = tempDir({ after: (fn) => void undo.push(fn) }, {})
  packages.remove('node_modules')
  installInto(
    packages.path,
    Object.entries(PACKAGES).map(([name, version]) => `${name}@${version}`),
    {},
    ['--legacy-peer-deps'],
  )
})
after(() => {
  for (const one of undo.reverse()) one()
})

for (const [name, { file, code, requests }] of Object.entries(APPS)) {
  test(`${name}: the same answers, cold and from a standby`, async (t) => {
    packages.write(file, code)
    packages.write('version.cjs', `module.exports = 'a'`)
    const run = startCli(t, [file], { cwd: packages.path, env: { EXIT75_LOG: 'debug' } })
    const cold = await answers(Number((await run.says(/^up a (\d+)/))[1]), requests)
    await standby(run.output)
    packages.write('version.cjs', `module.exports = 'b'`)
    const ahead = await answers(Number((await run.says(/^up b (\d+)/))[1]), requests)
    assert.deepEqual(ahead, cold)
    assert.ok(new Set(cold.map(({ body }) => body)).size > 2, 'the requests do not differ')
    assert.equal(run.count(' · not loaded ahead'), 0, run.output())
  })
}

test('a Telegram bot: the same answers, cold and from a standby', async (t) => {
  const asked: string[] = []
  let update = 0
  const api = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const method = request.url?.split('/').at(-1)?.split('?')[0]
    const message = {
      message_id: 1,
      date: 1,
      chat: { id: 7, type: 'private' },
      from: { id: 7, is_bot: false, first_name: 'A' },
    }
    const entities = [{ type: 'bot_command', offset: 0, length: 6 }]
    let result: unknown = true
    if (method === 'getMe') result = { id: 1, is_bot: true, first_name: 'Bot', username: 'bot' }
    if (method === 'getUpdates') {
      const isNew = update < 1 && JSON.parse(body || '{}').offset !== undefined
      if (isNew) update += 1
      else await new Promise((resolve) => setTimeout(resolve, 50))
      result = isNew ? [{ update_id: 10, message: { ...message, text: '/greet you', entities } }] : []
    }
    if (method === 'sendMessage') asked.push(body)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, result }))
  }).listen(0)
  t.after(() => {
    api.closeAllConnections()
    api.close()
  })
  const { port } = api.address() as { port: number }
  packages.write(
    'bot.cjs',
    `const { Telegraf, Markup } = require('telegraf')
     const version = require('./version.cjs')
     const bot = new Telegraf('1:token', { telegram: { apiRoot: 'http://127.0.0.1:${port}' } })
     bot.command('greet', (context) => context.reply('hello ' + context.payload, Markup.inlineKeyboard([Markup.button.callback('b', 'd')])))
     bot.launch(() => console.log('up', version))`,
  )
  packages.write('version.cjs', `module.exports = 'a'`)
  const run = startCli(t, ['bot.cjs'], { cwd: packages.path, env: { EXIT75_LOG: 'debug' } })
  const answer = async (version: string) => {
    update = 0
    asked.length = 0
    await run.says(`up ${version}`)
    return until('it answers', run.output, () => asked[0])
  }
  const cold = await answer('a')
  await standby(run.output)
  update = 1 // nothing to be answered by the old code
  packages.write('version.cjs', `module.exports = 'b'`)
  assert.equal(await answer('b'), cold)
  assert.match(cold, /hello you/)
  assert.equal(run.count(' · not loaded ahead'), 0, run.output())
})

const standby = (output: () => string): Promise<unknown> =>
  until('a standby has loaded its packages', output, () => hasLoadedAhead(output()))

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

async function answers(port: number, requests: App['requests']): Promise<Answer[]> {
  const all: Answer[] = []
  for (const [path, body] of requests) {
    const post = {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, body === undefined ? {} : post)
    const { date, ...headers } = Object.fromEntries(answer.headers)
    assert.ok(date)
    all.push({ status: answer.status, headers, body: await answer.text() })
  }
  return all
}
