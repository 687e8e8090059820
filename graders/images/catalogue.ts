/**
 * Every image Drillbase needs. Engines have an official image as well; gate and runners are always ours. In the order in
 * which they are prepared: an exercise can be graded once gate, one runner and one engine are there, so what takes least
 * comes first. The last one is worked on from the start, beside the others.
 */
export const imageNames = ['gate', 'runner-node', 'redis', 'postgres', 'runner-python', 'dynamodb', 'mongodb'] as const
export type ImageName = (typeof imageNames)[number]
/** What images are built on or put together from; no container is started from one. Each has a folder here as well. */
export type PartName = 'package-lists' | 'ferretdb' | 'documentdb'
export type ImageFlavour = 'postgres' | 'mongo' | 'ferretdb' | 'redis' | 'dynamodb-local' | 'ours'

export type ImageRecipe = {
  /** The image whose tag is tried first, with the environment variable in which it states its version, if it does. */
  official?: { reference: string; flavour: ImageFlavour; product: string; versionVariable?: string }
  built: {
    flavour: ImageFlavour
    /** Run in the image just built; its output holds the version that the package registry served. */
    versionCommand: string[]
    version: RegExp
    product(version: string): string
  }
}

export const catalogue: Record<ImageName, ImageRecipe> = {
  gate: {
    built: {
      flavour: 'ours',
      versionCommand: ['socat', '-V'],
      version: /socat version (\S+)/,
      product: (version) => `socat ${version}`,
    },
  },
  'runner-node': {
    built: {
      flavour: 'ours',
      versionCommand: ['node', '--version'],
      version: /v(\S+)/,
      product: (version) => `Node ${version}`,
    },
  },
  'runner-python': {
    built: {
      flavour: 'ours',
      versionCommand: ['python3', '--version'],
      version: /Python (\S+)/,
      product: (version) => `Python ${version}`,
    },
  },
  postgres: {
    official: { reference: 'postgres:17', flavour: 'postgres', product: 'PostgreSQL', versionVariable: 'PG_VERSION' },
    built: {
      flavour: 'postgres',
      versionCommand: ['postgres', '--version'],
      version: /PostgreSQL\) (\S+)/,
      product: (version) => `PostgreSQL ${version}`,
    },
  },
  redis: {
    official: { reference: 'redis:8', flavour: 'redis', product: 'Redis', versionVariable: 'REDIS_VERSION' },
    built: {
      flavour: 'redis',
      versionCommand: ['redis-server', '--version'],
      version: /v=(\S+)/,
      product: (version) => `Redis ${version}`,
    },
  },
  dynamodb: {
    official: { reference: 'amazon/dynamodb-local:3.3.0', flavour: 'dynamodb-local', product: 'DynamoDB Local' },
    built: {
      flavour: 'dynamodb-local',
      versionCommand: ['java', '-jar', 'DynamoDBLocal.jar', '-version'],
      version: /(\d+\.\d+\.\d+)/,
      product: (version) => `DynamoDB Local ${version}`,
    },
  },
  mongodb: {
    official: { reference: 'mongo:8', flavour: 'mongo', product: 'MongoDB', versionVariable: 'MONGO_VERSION' },
    built: {
      flavour: 'ferretdb',
      versionCommand: ['ferretdb', '--version'],
      version: /v?(\d+\.\d+\.\d+)/,
      product: (version) => `FerretDB ${version} (MongoDB-compatible)`,
    },
  },
}

/** By folder: the parts its Dockerfile names, each as a build argument in capitals (`PACKAGE_LISTS`). */
export function partsOf(folder: ImageName | PartName): PartName[] {
  if (folder === 'mongodb') return ['ferretdb', 'documentdb']
  return folder === 'ferretdb' || folder === 'package-lists' ? [] : ['package-lists']
}
