#!/usr/bin/env node
/** The file of the command, with what has to happen before the rest of its code is loaded. */
import './check-node.ts'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { startEarly } from '../early-child.ts'
import { ROLE_VARIABLE } from '../protocol/child-config.ts'
import type { Start } from '../system/node-start.ts'
import { keepCompiledCode } from './keep-compiled-code.ts'

const { argv, execArgv, env } = process
const [word, ...args] = argv.slice(2)
const early = isJavaScript(word) && env[ROLE_VARIABLE] === undefined ? startEarly(startOf(word)) : undefined
keepCompiledCode(word)
void import('./main.ts').then(({ main }) => main(early))

/** Whether the program comes first, and is not run by something else than Node. */
function isJavaScript(path = ''): path is string {
  return /^[^-].*\.[cm]?js$/.test(path) && existsSync(path)
}

/** As the command starts most of them. */
function startOf(program: string): Start {
  return { cwd: process.cwd(), argv: [process.execPath, resolve(program), ...args], execArgv, env }
}
