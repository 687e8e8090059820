import math
import re

READ_BLOCK = 4096
WRITE_BLOCK = 1024


def item_size(item):
    return sum(text_size(name) + value_size(value) for name, value in item.items())


def text_size(text):
    return len(text.encode())


def value_size(value):
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return text_size(content)
        case "N":
            return number_size(content)
        case "B":
            return len(content)
        case "SS":
            return sum(text_size(text) for text in content)
        case "NS":
            return sum(number_size(number) for number in content)
        case "BS":
            return sum(len(raw) for raw in content)
        case "L":
            return 3 + sum(1 + value_size(one) for one in content)
        case "M":
            return 3 + len(content) + item_size(content)
        case "BOOL" | "NULL":
            return 1
    raise ValueError(f"unknown type {kind}")


def number_size(text):
    """Two digits a byte, paired from the decimal point; a byte in front, and one for a minus."""
    sign, whole, fraction, exponent = re.fullmatch(r"([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?", text).groups()
    from_first = (whole + fraction).lstrip("0")
    digits = from_first.rstrip("0")
    if not digits:
        return 1
    # Where the point is, seen from the first digit that counts. After an odd number of digits the first pair is half empty.
    point = len(from_first) - len(fraction) + int(exponent or 0)
    return 1 + math.ceil((len(digits) + point % 2) / 2) + (sign == "-")


def blocks(size, block):
    """To find nothing is work as well: one block at least."""
    return max(1, math.ceil(size / block))


def size_or_nothing(item):
    return item_size(item) if item else 0


def write_units(table, write):
    old, item = write.get("old"), write.get("item")
    price = 2 if write.get("transactional") else 1
    of_table = price * blocks(size_or_nothing(item or old), WRITE_BLOCK)
    indexes = {
        index["name"]: price * index_units(index, entry_of(table, index, old), entry_of(table, index, item))
        for index in table["indexes"]
    }
    return {"table": of_table, "indexes": indexes, "total": of_table + sum(indexes.values())}


def entry_of(table, index, item):
    """What an index holds of an item: nothing, if the item lacks one of the index's keys."""
    if not item or any(name not in item for name in index["keys"]):
        return None
    if index["include"] == "ALL":
        return item
    kept = {*table["keys"], *index["keys"], *index["include"]}
    return {name: value for name, value in item.items() if name in kept}


def index_units(index, before, after):
    if before == after:
        return 0
    old, new = (blocks(item_size(entry), WRITE_BLOCK) if entry else 0 for entry in (before, after))
    moves = before and after and any(before[name] != after[name] for name in index["keys"])
    # Another key is another place: one entry is deleted, another one put.
    return old + new if moves else max(old, new)


def read_units(read):
    sizes = [size_or_nothing(item) for item in read["items"]]
    price = 2 if read["kind"] == "transactGet" else 1 if read.get("consistent") else 0.5
    if read["kind"] == "query":
        return price * blocks(sum(sizes), READ_BLOCK)
    return price * sum(blocks(size, READ_BLOCK) for size in sizes)
