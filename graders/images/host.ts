import { readFileSync } from 'node:fs'

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
 * The certificates this machine trusts beyond the usual ones, as PEM, or nothing. A network that inspects TLS names its
 * bundle in one of these variables; builds need it, images must not keep it.
 */
export function hostCertificates(): string {
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
