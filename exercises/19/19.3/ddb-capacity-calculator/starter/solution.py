def item_size(item):
    """item is in DynamoDB's own JSON: {'id': {'S': 'a'}, 'raw': {'B': b'...'}, 'tags': {'SS': ['x']}, ...}."""
    raise NotImplementedError


def write_units(table, write):
    """table has keys and indexes, a list of {'name', 'keys', 'include'}; write may have old, item and transactional.
    Returns {'table': int, 'indexes': {name: int, ...}, 'total': int}."""
    raise NotImplementedError


def read_units(read):
    """read has kind ('get', 'batchGet', 'query' or 'transactGet'), items (None where there is no such item), and perhaps
    consistent. Returns a number."""
    raise NotImplementedError
