/**
 * What Wine cannot do, each with a program of plain Node that fails there for that reason, and on Windows does not.
 * `resets` is of both, as libuv's source says: no test is left out for it.
 */

interface Fault {
  readonly why: string
  /** Run by `npm run test:windows`: once it succeeds, the tests that need it are no longer to be left out. */
  readonly proof: string
}

export const WINE_FAULTS: Readonly<Record<'junctions' | 'umlauts' | 'kills' | 'resets', Fault>> = {
  junctions: {
    why: 'Wine makes no junctions',
    proof: "require('node:fs').symlinkSync(process.cwd(), 'junction-' + process.pid, 'junction')",
  },
  kills: {
    why: 'of who is killed while it starts a process, Wine leaves that process, which never begins, and has its output open',
    proof: `
      const { spawn } = require('node:child_process')
      function parent() {
        const start = () => require('node:child_process').spawn(process.execPath, ['-e', '0'], { stdio: 'inherit' })
        process.stdin.once('data', start)
        console.log('ready')
      }
      async function main() {
        for (let round = 0; round < 10; round += 1) {
          const one = spawn(process.execPath, ['-e', '(' + parent + ')()'], { stdio: ['pipe', 'pipe', 'ignore'] })
          await new Promise((go) => one.stdout.once('data', go))
          const closed = new Promise((go) => one.on('close', () => go(true)))
          one.stdin.write('go')
          await new Promise((go) => setTimeout(go, 5 * round))
          one.kill()
          if (!(await Promise.race([closed, new Promise((go) => setTimeout(go, 5000, false))]))) process.exit(1)
        }
        process.exit(0)
      }
      main()`,
  },
  resets: {
    why: 'libuv has the system accept ahead of the event loop, and a server that closes resets who has come since that has last asked, though another process listens on the same socket',
    proof: `
      const cluster = require('node:cluster')
      const http = require('node:http')
      const { writeFileSync } = require('node:fs')
      const worker = () => void require('node:http').createServer((_, response) => response.end('answered')).listen(0)
      const exec = 'resets-' + process.pid + '.cjs'
      writeFileSync(exec, '(' + worker + ')()')
      cluster.setupPrimary({ exec, execArgv: [] })
      cluster.schedulingPolicy = cluster.SCHED_NONE
      let serving
      let turns = 0
      cluster.on('listening', (one, { port }) => {
        if (serving === undefined) for (let at = 0; at < 8; at += 1) ask(port)
        else serving.disconnect()
        serving = one
        if ((turns += 1) > 40) process.exit(0)
        setTimeout(() => cluster.fork(), 200)
      })
      function ask(port) {
        const request = http.get({ port, host: '127.0.0.1', agent: false }, (response) => {
          response.resume().on('end', () => setImmediate(ask, port)).on('error', () => process.exit(1))
        })
        request.on('error', () => process.exit(1))
      }
      cluster.fork()`,
  },
  umlauts: {
    why: 'Wine makes no directory by mkdtemp() whose name has letters of other languages',
    proof:
      "const { join } = require('node:path'); require('node:fs').mkdtempSync(join(process.cwd(), '\\u00fc-'))",
  },
}

/** For the option `skip` of a test. */
export const unlessWine = (fault: keyof typeof WINE_FAULTS): string | false =>
  process.env.EXIT75_WINE === undefined ? false : WINE_FAULTS[fault].why
