/**
 * What a submission may ask of DynamoDB Local, judged before a request reaches it. The engine verifies no signature and makes
 * a store of its own for any key and Region it is shown, so any fixed key would be a mailbox between submissions.
 */

export type DynamodbLease = { accessKeyId: string; regions: string[]; createTable: boolean; streams: boolean }
export type Admission =
  | { admitted: true; op: string; region: string }
  | { admitted: false; region: string | null; type: string; message: string }

const dataPlane = new Set([
  'BatchExecuteStatement',
  'BatchGetItem',
  'BatchWriteItem',
  'DeleteItem',
  'DescribeEndpoints',
  'DescribeLimits',
  'DescribeTable',
  'DescribeTimeToLive',
  'ExecuteStatement',
  'ExecuteTransaction',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateItem',
])
const tablePlane = new Set([
  'CreateTable',
  'DeleteTable',
  'TagResource',
  'UntagResource',
  'UpdateTable',
  'UpdateTimeToLive',
])
const streamsPlane = new Set(['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'])

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([A-Za-z0-9]{1,128})\/\d{8}\/([a-z0-9-]{1,32})\/dynamodb\/aws4_request, ?SignedHeaders=[a-z0-9;-]{1,2000}, ?Signature=[0-9a-f]{64}$/
// Another type is another parser of the engine's, which the log can't follow.
const contentType = /^application\/x-amz-json-1\.[01]$/
const target = /^DynamoDB(?:Streams)?_20120810\.([A-Za-z]{1,40})$/

/** `headers` as Node parsed them, path with its query string. */
export function admit(
  request: { method?: string; url?: string; headers: Record<string, string | string[] | undefined> },
  lease: DynamodbLease,
): Admission {
  const refuse = (region: string | null, type: string, message: string): Admission => ({
    admitted: false,
    region,
    type,
    message,
  })
  if (request.method !== 'POST' || request.url !== '/')
    return refuse(null, 'UnknownOperationException', 'only POST / is served')
  const credential = authorization.exec(String(request.headers.authorization ?? ''))
  if (!credential) return refuse(null, 'MissingAuthenticationTokenException', 'a signature of version 4 is needed')
  const [, accessKeyId, region = ''] = credential
  if (accessKeyId !== lease.accessKeyId || !lease.regions.includes(region))
    return refuse(null, 'UnrecognizedClientException', 'The security token included in the request is invalid.')
  if (!contentType.test(String(request.headers['content-type'] ?? '')))
    return refuse(region, 'SerializationException', 'the content type is application/x-amz-json-1.0')
  const op = target.exec(String(request.headers['x-amz-target'] ?? ''))?.[1]
  const isGranted = (name: string) =>
    dataPlane.has(name) || (lease.createTable && tablePlane.has(name)) || (lease.streams && streamsPlane.has(name))
  if (op !== undefined && isGranted(op)) return { admitted: true, op, region }
  return refuse(region, 'AccessDeniedException', `not authorised to perform dynamodb:${op ?? 'this operation'}`)
}
