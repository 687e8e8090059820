# Starts the server, asks for a little of everything, and lets Java archive at its end what it loaded.
set -eu
port=$((20000 + RANDOM % 10000))
java -XX:ArchiveClassesAtExit=/tmp/dynamodb.jsa -XX:SharedArchiveFile=/opt/java/lib/server/classes.jsa \
  -jar DynamoDBLocal.jar -inMemory -port $port >/tmp/log 2>&1 &
server=$!

ask() {
  exec 3<>/dev/tcp/127.0.0.1/$port || return 1
  printf 'POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.%s\r\nContent-Type: application/x-amz-json-1.0\r\nAuthorization: AWS4-HMAC-SHA256 Credential=build/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' "$1" ${#2} "$2" >&3
  cat <&3 | head -1
}
for _ in $(seq 200); do ask ListTables '{}' 2>/dev/null && break; sleep 0.1; done
keys='"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]'
ask CreateTable '{"TableName":"warm",'"$keys"',"AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"by-a",'"$keys"',"Projection":{"ProjectionType":"ALL"}}],"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}'
ask PutItem '{"TableName":"warm","Item":{"a":{"S":"1"},"n":{"N":"1"}},"ConditionExpression":"attribute_not_exists(a)","ReturnConsumedCapacity":"TOTAL"}'
ask UpdateItem '{"TableName":"warm","Key":{"a":{"S":"1"}},"UpdateExpression":"SET n = n + :one","ExpressionAttributeValues":{":one":{"N":"1"}},"ReturnValues":"ALL_NEW"}'
ask GetItem '{"TableName":"warm","Key":{"a":{"S":"1"}}}'
ask Query '{"TableName":"warm","IndexName":"by-a","KeyConditionExpression":"a = :a","FilterExpression":"n > :n","ExpressionAttributeValues":{":a":{"S":"1"},":n":{"N":"0"}}}'
ask Scan '{"TableName":"warm"}'
ask TransactWriteItems '{"TransactItems":[{"Put":{"TableName":"warm","Item":{"a":{"S":"2"}}}},{"ConditionCheck":{"TableName":"warm","Key":{"a":{"S":"1"}},"ConditionExpression":"attribute_exists(a)"}}]}'
ask BatchWriteItem '{"RequestItems":{"warm":[{"PutRequest":{"Item":{"a":{"S":"3"}}}}]}}'
ask ExecuteStatement '{"Statement":"SELECT * FROM warm WHERE a = '"'1'"'"}'
ask DeleteTable '{"TableName":"warm"}'
kill -TERM $server
wait $server || true
mv /tmp/dynamodb.jsa /opt/java/dynamodb.jsa
rm -f /tmp/log
