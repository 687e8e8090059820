// `npm start`: set up, then the server. Container engine and images are prepared by the server itself, in the background.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { environment, node, repository, setUp } from './setup.mjs'

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
