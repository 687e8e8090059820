import { randomBytes } from 'node:crypto'

/** 192 random bits that need no quoting in SQL, ACL files or URLs. */
export const randomSecret = (): string => randomBytes(24).toString('hex')

/** Lower-case letters and digits, for names of roles and databases. */
export const randomName = (prefix: string): string => `${prefix}_${randomBytes(5).toString('hex')}`
