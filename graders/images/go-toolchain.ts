import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { filesInZip } from './zip.ts'

const defaultProxy = 'https://proxy.golang.org'
// What compiles pure Go: no tests, no sources of the tools themselves, none of the tools that only a person calls.
const isNeeded = (path: string) =>
  /^(VERSION|go\.env|bin\/go|pkg\/include\/.*|pkg\/tool\/[^/]+\/(asm|compile|link)|src\/(?!cmd\/).*)$/.test(path) &&
  !/_test\.go$|\/testdata\//.test(path)

/**
 * Puts the Go toolchain that `sourceFile` names into `folder`, from the Go module proxy: Debian's own would be unpacked
 * first and then fetch this one. In a process of its own, because unpacking keeps a processor busy for seconds, and because
 * a process learns of a proxy (HTTPS_PROXY) only when it starts.
 */
export async function unpackGoToolchain(sourceFile: string, folder: string): Promise<void> {
  const flags = ['--use-env-proxy', '--disable-warning=ExperimentalWarning']
  await promisify(execFile)(process.execPath, [...flags, import.meta.filename, sourceFile, folder])
}

async function fetchAndUnpack(sourceFile: string, folder: string): Promise<void> {
  const source: { toolchain: string; sha256: Record<string, string> } = JSON.parse(readFileSync(sourceFile, 'utf8'))
  const architecture = arch() === 'x64' ? 'amd64' : arch()
  const proxy = process.env.GOPROXY?.split(/[,|]/).find((entry) => entry.startsWith('http')) ?? defaultProxy
  const url = `${proxy.replace(/\/$/, '')}/golang.org/toolchain/@v/${source.toolchain}.linux-${architecture}.zip`
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  const archive = Buffer.from(await response.arrayBuffer())
  const digest = createHash('sha256').update(archive).digest('hex')
  if (digest !== source.sha256[architecture]) throw new Error(`${url} is not what it was: sha256 ${digest}`)
  for (const { path, read } of filesInZip(archive)) {
    // golang.org/toolchain@<version>/<path>
    const place = path.split('/').slice(2).join('/')
    if (!isNeeded(place)) continue
    const file = join(folder, place)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, read(), { mode: /^(bin|pkg\/tool)\//.test(place) ? 0o755 : 0o644 })
  }
}

if (import.meta.main) await fetchAndUnpack(process.argv[2] ?? '', process.argv[3] ?? '')
