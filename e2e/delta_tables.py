"""Writes one small market as Delta tables with every history that deltalake makes. Run by the Python of .deps/delta:

    delta_tables.py PRICES.csv DIRECTORY

Each table's newest version holds the rows of the file, but those that are named for an older one."""
import sys

import pyarrow as pa
import pyarrow.csv
from deltalake import DeltaTable, write_deltalake

source, target = sys.argv[1:]
prices = pyarrow.csv.read_csv(source)
naive = prices.set_column(0, "date", prices["date"].cast(pa.timestamp("us")))
zoned = prices.set_column(0, "date", prices["date"].cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC")))
months = naive.append_column("year_month", pa.array([str(day)[:7] for day in prices["date"].to_pylist()]))
doubled = prices.set_column(5, "close", pa.compute.multiply(prices["close"], 2.0))
half = prices.num_rows // 2


def write(name, table, mode="overwrite", **more):
    write_deltalake(f"{target}/{name}", table, mode=mode, **more)


write("dates.delta", prices)
write("naive", naive)
write("zoned", zoned)
write("months", months, partition_by=["year_month"])
write("days", months.set_column(0, "date", prices["date"]).slice(0, 240), partition_by=["year_month", "date"])
write("symbols", prices, partition_by=["symbol"])
# Appended in two parts, after another table was overwritten: version 0 has prices twice as high.
write("history", doubled)
write("history", prices.slice(0, half))
write("history", prices.slice(half), mode="append")
# Another schema took the place of the first.
write("schema_overwrite", prices.select(["date", "symbol", "close"]))
write("schema_overwrite", prices, schema_mode="overwrite")
# A column came later: rows before it have none.
write("schema_merge", prices.select(["date", "symbol", "open", "close"]).slice(0, half))
write("schema_merge", prices.slice(half), mode="append", schema_mode="merge")
# Rows were deleted, and others corrected by a merge.
write("deleted", pa.concat_tables([prices, prices.set_column(1, "symbol", pa.array(["GONE"] * prices.num_rows))]))
DeltaTable(f"{target}/deleted").delete("symbol = 'GONE'")
write("merged", doubled)
(DeltaTable(f"{target}/merged")
 .merge(prices, "t.date = s.date and t.symbol = s.symbol", source_alias="s", target_alias="t")
 .when_matched_update_all().execute())
# A checkpoint, and a log that was cleaned up behind it.
for at in range(0, prices.num_rows, 100):
    write("checkpoint", prices.slice(at, 100), mode="append" if at else "overwrite")
DeltaTable(f"{target}/checkpoint").create_checkpoint()
# Small files that were put together.
for at in range(0, prices.num_rows, 300):
    write("compacted", prices.slice(at, 300), mode="append" if at else "overwrite")
DeltaTable(f"{target}/compacted").optimize.compact()
# Commits after a checkpoint: a reader needs both.
for at in range(0, prices.num_rows, 300):
    if at == 600:
        DeltaTable(f"{target}/later_commits").create_checkpoint()
    write("later_commits", prices.slice(at, 300), mode="append" if at else "overwrite")
