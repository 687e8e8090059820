import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'

const bundleVariables = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PIP_CERT', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE']
const proxyVariables = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'GOPROXY',
  'GOSUMDB',
]

/**
 * Every certificate a build may trust, as PEM: the usual ones, because a slim image holds none, and those of this machine. A
 * network that inspects TLS names its bundle in one of these variables; builds need it, images must not keep it.
 */
export function trustedRoots(): string {
  return [...getCACertificates('default'), machineBundle()].join('\n')
}

function machineBundle(): string {
  for (const variable of bundleVariables) {
    const path = process.env[variable]
    if (!path) continue
    try {
      return readFileSync(path, 'utf8')
    } catch {
      // A variable that points nowhere is a common leftover; the next one may be right.
    }
  }
  return ''
}

/** Proxy and mirror settings that a build needs to reach package registries the way this machine does. */
export function hostProxies(): Record<string, string> {
  return Object.fromEntries(proxyVariables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

/** False where the learner forbade system packages. */
export function mayInstall(): boolean {
  return process.env.DRILLBASE_INSTALL !== 'never'
}
