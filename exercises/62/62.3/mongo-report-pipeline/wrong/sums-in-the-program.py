import threading
from zoneinfo import ZoneInfo

from pymongo import MongoClient

_client = None
_lock = threading.Lock()


def database_of(cfg):
    global _client
    with _lock:
        if _client is None:
            _client = MongoClient(cfg["mongo"]["url"], tz_aware=True)
        return _client[cfg["mongo"]["db"]]


def monthly_report(cfg, q):
    database = database_of(cfg)
    names = {product["_id"]: product["name"] for product in database.products.find()}
    months = {}
    for order in database.orders.find({"placedAt": {"$gte": q["from"], "$lt": q["to"]}, "status": {"$ne": "cancelled"}}):
        month = order["placedAt"].astimezone(ZoneInfo(q["timezone"])).strftime("%Y-%m")
        for line in order.get("lines", []):
            row = months.setdefault(month, {}).setdefault(line["sku"], {"cents": 0, "qty": 0, "customers": set()})
            row["cents"] += line["qty"] * line["cents"]
            row["qty"] += line["qty"]
            row["customers"].add(order["customer"])

    report = []
    for month, rows in sorted(months.items()):
        best = sorted(rows.items(), key=lambda entry: (-entry[1]["cents"], entry[0]))
        top = [
            {
                "sku": sku,
                "name": names.get(sku, "(unknown)"),
                "cents": row["cents"],
                "qty": row["qty"],
                "buyers": len(row["customers"]),
            }
            for sku, row in best[: q["top"]]
        ]
        report.append({"month": month, "total": sum(row["cents"] for row in rows.values()), "top": top})
    return report


def close():
    global _client
    with _lock:
        if _client is not None:
            _client.close()
            _client = None
