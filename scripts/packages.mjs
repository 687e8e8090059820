// Packages of the operating system. Plain JavaScript for Node 20, without dependencies.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'

/** Only root on Debian or Ubuntu, and only where nobody forbade it. */
export function mayInstallPackages() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && process.env.DRILLBASE_INSTALL !== 'never'
}

/**
 * Installs packages; rejects with what apt-get said last. Package lists are fetched when the ones that are there do not do.
 * @param {string[]} names
 */
export async function installPackages(names) {
  const install = ['install', '--yes', '--no-install-recommends', ...names]
  try {
    await aptGet(install)
  } catch {
    await aptGet(['update'])
    await aptGet(install)
  }
}

function aptGet(args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const child = spawn('apt-get', args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const keep = (chunk) => (said = (said + chunk).slice(-2000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(said.trim().split('\n').slice(-2).join(' '))),
    )
  })
}

/** The one command that installs a Debian package or what it is called elsewhere. */
export function installCommand(name) {
  if (platform() === 'darwin')
    return name === 'docker.io' ? 'brew install --cask docker, then start Docker' : `brew install ${name}`
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const family = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map((match) => match[1]).join(' ')
  const start = name === 'docker.io' ? ' && sudo systemctl enable --now docker' : ''
  if (/fedora|rhel/.test(family)) return `sudo dnf install ${name === 'docker.io' ? 'moby-engine' : name}${start}`
  if (/arch/.test(family)) return `sudo pacman -S ${name === 'docker.io' ? 'docker' : name}${start}`
  if (/suse/.test(family)) return `sudo zypper install ${name === 'docker.io' ? 'docker' : name}${start}`
  return `sudo apt-get install --no-install-recommends ${name}`
}
