/** Code of the course that no engine here can run, by name, and why not. What of it is Python is compiled. */
export const notRun: Record<string, string> = {
  '19.4-c04': 'needs a DAX cluster',
  '19.4-c05': 'needs a DAX cluster',
  '19.4-c06': 'needs a DAX cluster',
  '19.8-c03': 'needs a global table: DynamoDB Local copies nothing between Regions',
}
