// Finds, starts or installs a container engine. Plain JavaScript for Node 20 and without dependencies, because it also
// runs before there are any. `node scripts/engine.mjs --json` prints one JSON object a line.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { platform } from 'node:os'
import { fileURLToPath } from 'node:url'
import { installCommand, installPackages, mayInstallPackages } from './packages.mjs'

const defaultSocket = '/var/run/docker.sock'
const logFolder = '/var/log/drillbase'
const startDeadlineMs = 60_000
/** Holds the process that installs or starts an engine: `npm start` begins early, and the server looks again later. */
const turnFile = '/run/drillbase-engine.pid'

/**
 * @typedef {{ state: 'checking' | 'installing' | 'starting' | 'ready' | 'unavailable', step: string | null, message: string | null }} Progress
 *
 * An engine that answers is used as it is. Otherwise root on a Debian gets one installed and started; anybody else is
 * told the one command to run.
 * @param {(progress: Progress) => void} report
 * @returns {Promise<boolean>} whether an engine answers now
 */
export async function ensureEngine(report) {
  const unavailable = (message) => {
    report({ state: 'unavailable', step: null, message })
    return false
  }
  const ready = (message) => {
    report({ state: 'ready', step: null, message })
    return true
  }
  report({ state: 'checking', step: 'looking for a container engine', message: null })
  const host = process.env.DOCKER_HOST
  const found = await ping(host)
  if (found.answers) return ready(`container engine ${found.version}`)
  if (host) return unavailable(`DOCKER_HOST is ${host}, and nothing answers there (${found.reason}).`)
  if (found.reason === 'EACCES') {
    return unavailable(
      'You may not use the container engine here. Run: sudo usermod -aG docker "$USER", then log in again.',
    )
  }
  if (process.getuid?.() !== 0 || platform() !== 'linux') {
    const command = (await isInstalled('dockerd')) ? 'sudo systemctl start docker' : installCommand('docker.io')
    return unavailable(`No container engine answers. Run: ${command}`)
  }

  if (isTaken(turnFile)) {
    report({ state: 'installing', step: 'a container engine is being installed or started', message: null })
    while (isTaken(turnFile)) await pause(200)
    return ensureEngine(report)
  }
  writeFileSync(turnFile, String(process.pid))
  try {
    return await installAndStart(report, ready, unavailable)
  } finally {
    rmSync(turnFile, { force: true })
  }
}

/** As root on Linux, where no engine answers. */
async function installAndStart(report, ready, unavailable) {
  if (!(await isInstalled('dockerd'))) {
    if (!mayInstallPackages())
      return unavailable(`No container engine is installed. Run: ${installCommand('docker.io')}`)
    report({
      state: 'installing',
      step: 'apt-get install docker.io',
      message: 'Installing the system package docker.io.',
    })
    try {
      await installPackages(['docker.io'])
    } catch (error) {
      return unavailable(`docker.io cannot be installed: ${error.message}`)
    }
  }
  report({ state: 'starting', step: 'starting dockerd', message: null })
  const started = existsSync('/run/systemd/system') ? await startService() : await startDaemon()
  return started.answers ? ready(`container engine ${started.version}`) : unavailable(started.reason)
}

/** @returns {Promise<{ answers: boolean, version?: string, reason?: string }>} */
function ping(host = `unix://${defaultSocket}`) {
  const url = new URL(host.replace(/^tcp:/, 'http:'))
  const where = url.protocol === 'unix:' ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || 2375 }
  return new Promise((resolve) => {
    const asked = request({ ...where, path: '/version', timeout: 5_000 }, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += chunk))
      response.on('end', () => {
        try {
          resolve({ answers: true, version: JSON.parse(body).Version })
        } catch {
          resolve({ answers: false, reason: `HTTP ${response.statusCode}` })
        }
      })
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 5 s')))
    asked.on('error', (error) => resolve({ answers: false, reason: error.code ?? error.message }))
    asked.end()
  })
}

async function startService() {
  const status = await exitCodeOf('systemctl', ['start', 'docker'])
  return status === 0
    ? untilItAnswers(() => null)
    : { answers: false, reason: 'systemctl start docker failed. See: journalctl -u docker' }
}

/** Our own dockerd outlives this process: the next start finds it. */
async function startDaemon() {
  // A hard kill leaves these behind, and dockerd takes the number in them for itself once another process has it.
  const running = removeIfStale('/var/run/docker.pid', 'dockerd')
  removeIfStale('/var/run/docker/containerd/containerd.pid', 'containerd')
  if (running) return untilItAnswers(() => null)

  mkdirSync(logFolder, { recursive: true })
  const logFile = `${logFolder}/dockerd.log`
  const log = openSync(logFile, 'a')
  const logStart = statSync(logFile).size
  // Nothing here needs a bridge: sandboxes have no network and builds use the host's. So the machine's firewall and
  // forwarding stay as they are.
  const flags = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false']
  const daemon = spawn('dockerd', flags, { detached: true, stdio: ['ignore', log, log] })
  let ended = null
  daemon.on('error', (error) => (ended = error.message))
  daemon.on('exit', (code, signal) => (ended = `it ended with ${code ?? signal}`))
  daemon.unref()
  return untilItAnswers(() => ended && `dockerd does not run: ${ended}. ${lastLine(logFile, logStart)} (${logFile})`)
}

async function untilItAnswers(failure) {
  const deadline = Date.now() + startDeadlineMs
  while (Date.now() < deadline) {
    const found = await ping()
    if (found.answers) return found
    const reason = failure()
    if (reason) return { answers: false, reason }
    await pause(100)
  }
  return {
    answers: false,
    reason: `dockerd is there and does not answer within ${startDeadlineMs / 1000} s (${logFolder}/dockerd.log).`,
  }
}

/** True when the file names a living process of that program; otherwise the file is removed. */
function removeIfStale(pidFile, program) {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim()
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === program && !isZombie(pid)) return true
  } catch {
    // No such file, or no such process.
  }
  rmSync(pidFile, { force: true })
  return false
}

const isZombie = (pid) => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

function lastLine(file, from) {
  const lines = readFileSync(file).subarray(from).toString('utf8').trim().split('\n')
  return lines.filter((line) => /level=(fatal|error)|failed/i.test(line)).at(-1) ?? lines.at(-1) ?? ''
}

/** Whether another process has put its number into the file and is still at it: set-up, server or tests. */
function isTaken(pidFile) {
  try {
    const pid = readFileSync(pidFile, 'utf8')
    return pid !== String(process.pid) && /(start|test|engine)\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    // No such file, or no such process.
    return false
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const isInstalled = async (program) => (await exitCodeOf('sh', ['-c', `command -v ${program}`])) === 0

function exitCodeOf(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    child.on('error', () => resolve(127))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asJson = process.argv.includes('--json')
  const isReady = await ensureEngine((progress) => {
    if (asJson) console.log(JSON.stringify(progress))
    else console.log([progress.state, progress.message ?? progress.step].join(': '))
  })
  process.exit(isReady ? 0 : 1)
}
