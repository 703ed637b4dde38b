#!/usr/bin/env node
/** The file of the command, with what has to happen before the rest of its code is loaded. */
import './check-node.ts'
import { join } from 'node:path'
import { startEarly } from '../parent/early-child.ts'
import { keepCompiledCode } from './keep-compiled-code.ts'

const words = process.argv.slice(2)
const early = startEarly(words, join(__dirname, 'preload.cjs'))
keepCompiledCode(words[0])
void import('./main.ts').then(({ main }) => main(early))
