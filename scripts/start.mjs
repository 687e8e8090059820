// `npm start`: set up, then the server, which finds or starts a container engine and prepares the images in the background.
// Where an engine has to be installed first, that begins beside the packages.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { ensureEngine } from './engine.mjs'
import { environment, node, repository, setUp } from './setup.mjs'

// Not waited for, because cards can be reviewed without an engine; what is missing is said by the server, which looks again.
if (process.env.WORKERS !== '0') {
  ensureEngine(({ state, message }) => {
    if (state === 'installing' && message) console.error(`drillbase: ${message}`)
  })
}
try {
  await setUp((line) => console.error(`drillbase: ${line}`))
} catch (error) {
  console.error(`drillbase: ${error.message}`)
  process.exit(1)
}

const server = spawn(node, ['server/main.ts'], { cwd: repository, env: environment, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // Whoever signals this process means the server. A terminal has told it already; it counts the first one only.
  process.on(signal, () => server.kill(signal))
}
server.on('error', (error) => {
  console.error(`drillbase: ${error.message}`)
  process.exit(1)
})
server.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
