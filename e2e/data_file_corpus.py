"""Writes one small market in every form that its users' tools write. Run by the Python of .deps/readers, or by that of
.deps/pandas2, which has pandas alone:

    python e2e/data_file_corpus.py DIRECTORY

writes the files and DIRECTORY/cases.json: per file the config's `data` section, and either the name of the plain file
that it must equal or the words of its refusal."""
import datetime
import gzip
import json
import pathlib
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SYMBOLS = ["AAA", "BBB"]
DATES = [datetime.date(2024, 1, 1) + datetime.timedelta(days=n) for n in range(1, 19)
         if (datetime.date(2024, 1, 1) + datetime.timedelta(days=n)).weekday() < 5]
# Exact in 16 bits, so that every type of number holds them.
ROWS = [(date, symbol, 10.0 + n % 7 + k, 10.5 + n % 5 + k, 100.0 * (n + 1)) for n, date in enumerate(DATES)
        for k, symbol in enumerate(SYMBOLS)]
COLUMNS = ["date", "symbol", "open", "close", "volume"]


class Corpus:
    def __init__(self, directory):
        self.directory = directory
        self.cases = []

    def path(self, name):
        return self.directory / name

    def equal(self, name, to="long.csv", symbols=SYMBOLS, path=None, **data):
        self.cases.append({"name": name, "data": {"price_path": path or name, **data}, "equal": to, "symbols": symbols})

    def refused(self, name, words, symbols=SYMBOLS, path=None, **data):
        self.cases.append({"name": name, "data": {"price_path": path or name, **data}, "refused": words,
                           "symbols": symbols})


def long_frame():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    frame["date"] = pd.to_datetime(frame["date"])
    return frame


def wide_frame():
    return long_frame().pivot(index="date", columns="symbol", values="close")


def stacked_frame():
    """As a download of several symbols comes: columns of two levels."""
    frame = long_frame().rename(columns=lambda name: name.capitalize())
    wide = frame.pivot(index="Date", columns="Symbol", values=["Open", "Close", "Volume"])
    wide.columns.names = ["Price", "Ticker"]
    return wide


def arrow_table(**types):
    table = pa.Table.from_pydict({name: [row[i] for row in ROWS] for i, name in enumerate(COLUMNS)})
    for name, kind in types.items():
        i = table.column_names.index(name)
        table = table.set_column(i, name, table.column(name).cast(kind))
    return table


def plain_files(corpus):
    long_frame().to_csv(corpus.path("long.csv"), index=False)
    wide_frame().to_csv(corpus.path("wide.csv"))
    close = long_frame()[["date", "symbol", "close"]]
    close.to_csv(corpus.path("closes.csv"), index=False)


def arrow_encodings(corpus):
    def write(name, table=None, **options):
        pq.write_table(table if table is not None else arrow_table(), corpus.path(name), **options)
        corpus.equal(name)

    for encoding in ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]:
        write(f"arrow-symbol-{encoding}.parquet", use_dictionary=False, column_encoding={"symbol": encoding})
    write("arrow-dictionary.parquet", use_dictionary=True)
    write("arrow-split.parquet", use_dictionary=False,
          column_encoding={"open": "BYTE_STREAM_SPLIT", "close": "BYTE_STREAM_SPLIT"})
    write("arrow-delta-dates.parquet", use_dictionary=False, column_encoding={"date": "DELTA_BINARY_PACKED"})
    write("arrow-delta-integers.parquet", arrow_table(volume=pa.int64()), use_dictionary=False,
          column_encoding={"volume": "DELTA_BINARY_PACKED"})
    text_dates = arrow_table(date=pa.string())
    for encoding in ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"]:
        write(f"arrow-text-dates-{encoding}.parquet", text_dates, use_dictionary=False,
              column_encoding={"date": encoding})
    for codec in ["NONE", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4"]:
        write(f"arrow-codec-{codec}.parquet", compression=codec)
    for version in ["1.0", "2.4", "2.6"]:
        write(f"arrow-version-{version}.parquet", version=version)
    write("arrow-page-v2.parquet", data_page_version="2.0")
    write("arrow-small-groups.parquet", row_group_size=3, data_page_size=64)
    write("arrow-checksums.parquet", write_page_checksum=True, write_page_index=True)
    write("arrow-no-schema.parquet", store_schema=False)
    # Some pages of a dictionary, the rest plain: what a writer does whose dictionary grew too large.
    write("arrow-dictionary-overflow.parquet", dictionary_pagesize_limit=1, data_page_size=16)
    # Row groups of one file may differ.
    with pq.ParquetWriter(corpus.path("arrow-groups.parquet"), arrow_table().schema) as writer:
        for start in range(0, len(ROWS), 7):
            writer.write_table(arrow_table().slice(start, 7))
    corpus.equal("arrow-groups.parquet")


def arrow_types(corpus):
    def write(name, **types):
        pq.write_table(arrow_table(**types), corpus.path(name))
        corpus.equal(name)

    for unit in ["s", "ms", "us", "ns"]:
        write(f"type-timestamp-{unit}.parquet", date=pa.timestamp(unit))
    write("type-date64.parquet", date=pa.date64())
    write("type-timestamp-utc.parquet", date=pa.timestamp("us", "UTC"))
    write("type-text-dates.parquet", date=pa.string())
    write("type-large-text.parquet", symbol=pa.large_string())
    write("type-text-view.parquet", symbol=pa.string_view())
    write("type-bytes.parquet", symbol=pa.binary())
    for number in [pa.float32(), pa.float16(), pa.decimal128(12, 4), pa.decimal256(40, 4), pa.string()]:
        name = str(number).replace("(", "-").replace(", ", "-").replace(")", "")
        write(f"type-{name}.parquet", open=number, close=number)
    for number in [pa.int16(), pa.int32(), pa.int64(), pa.uint16(), pa.uint64(), pa.float32()]:
        write(f"type-volume-{number}.parquet", volume=number)
    table = arrow_table()
    encoded = table.set_column(1, "symbol", table.column("symbol").dictionary_encode())
    pq.write_table(encoded, corpus.path("type-dictionary.parquet"))
    corpus.equal("type-dictionary.parquet")
    paris = pd.Series(pd.to_datetime([row[0] for row in ROWS])).dt.tz_localize("Europe/Paris")
    pq.write_table(table.set_column(0, "date", pa.array(paris)), corpus.path("type-paris.parquet"))
    corpus.equal("type-paris.parquet")
    shifted = pa.array(paris.dt.tz_convert("UTC"))
    pq.write_table(table.set_column(0, "date", shifted), corpus.path("type-paris-as-utc.parquet"))
    corpus.equal("type-paris-as-utc.parquet", timezone="Europe/Paris")
    pq.write_table(arrow_table(date=pa.timestamp("ns")), corpus.path("type-int96.parquet"),
                   use_deprecated_int96_timestamps=True)
    corpus.equal("type-int96.parquet")
    number_dates = pa.array([row[0].year * 10000 + row[0].month * 100 + row[0].day for row in ROWS])
    pq.write_table(table.set_column(0, "date", number_dates), corpus.path("type-number-dates.parquet"))
    corpus.refused("type-number-dates.parquet", 'date_format: "%Y%m%d"')
    corpus.equal("type-number-dates.parquet", csv={"date_format": "%Y%m%d"})
    nested = pa.StructArray.from_arrays([table.column("close").combine_chunks()], ["last"])
    pq.write_table(table.set_column(3, "close", nested), corpus.path("type-nested.parquet"))
    corpus.refused("type-nested.parquet", "struct")
    flags = pa.array([True] * len(ROWS))
    pq.write_table(table.set_column(3, "close", flags), corpus.path("type-flags.parquet"))
    corpus.refused("type-flags.parquet", "holds bool and no numbers")


def pandas_files(corpus):
    frame = long_frame()
    frame.to_parquet(corpus.path("pandas.parquet"))
    corpus.equal("pandas.parquet")
    frame[frame["close"] > 0].iloc[3:].to_parquet(corpus.path("pandas-part.parquet"))
    corpus.equal("pandas-part.parquet", to="pandas-part.csv")
    frame.iloc[3:].to_csv(corpus.path("pandas-part.csv"), index=False)
    frame.set_index("date").to_parquet(corpus.path("pandas-date-index.parquet"))
    corpus.equal("pandas-date-index.parquet")
    frame.set_index(["date", "symbol"]).to_parquet(corpus.path("pandas-two-indexes.parquet"))
    corpus.equal("pandas-two-indexes.parquet")
    unnamed = frame.set_index("date").rename_axis(None)
    unnamed.to_parquet(corpus.path("pandas-unnamed-dates.parquet"))
    corpus.equal("pandas-unnamed-dates.parquet")
    unnamed.to_csv(corpus.path("pandas-unnamed-dates.csv"))
    corpus.equal("pandas-unnamed-dates.csv")
    frame.to_csv(corpus.path("pandas-numbered.csv"))
    corpus.equal("pandas-numbered.csv")
    pd.read_csv(corpus.path("pandas-numbered.csv")).to_csv(corpus.path("pandas-twice.csv"))
    corpus.equal("pandas-twice.csv")
    frame.to_csv(corpus.path("pandas.csv.gz"), index=False)
    corpus.equal("pandas.csv.gz")
    frame.assign(symbol=frame["symbol"].astype("category")).to_parquet(corpus.path("pandas-category.parquet"))
    corpus.equal("pandas-category.parquet")
    frame.to_csv(corpus.path("pandas-european.csv"), index=False, sep=";", decimal=",", date_format="%d.%m.%Y")
    corpus.refused("pandas-european.csv", 'delimiter: ";"')
    corpus.equal("pandas-european.csv", csv={"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y"})
    renamed = frame.rename(columns={"date": "Trade Day", "symbol": "Code", "close": "Adj Close"})
    renamed.to_csv(corpus.path("pandas-renamed.csv"), index=False)
    corpus.refused("pandas-renamed.csv", "data.columns: {date: ...}")
    corpus.equal("pandas-renamed.csv", columns={"date": "Trade Day", "symbol": "Code", "close": "Adj Close"})


def wide_files(corpus):
    def both(name, frame, **data):
        frame.to_parquet(corpus.path(f"{name}.parquet"))
        frame.to_csv(corpus.path(f"{name}.csv"))
        for path in [f"{name}.parquet", f"{name}.csv"]:
            corpus.equal(path, to="wide.csv", symbols="all", layout="wide", **data)

    wide = wide_frame()
    both("wide-named", wide)
    both("wide-unnamed", wide.rename_axis(None))
    numbered = wide.reset_index()
    both("wide-numbered", numbered[numbered["AAA"] > 0])  # a filter makes the numbers a column of the file
    both("wide-index", wide.rename_axis(None).reset_index())  # the dates' column is called `index`
    twice = pd.read_csv(corpus.path("wide-numbered.csv"))
    twice.to_csv(corpus.path("wide-twice.csv"))
    corpus.equal("wide-twice.csv", to="wide.csv", symbols="all", layout="wide")
    corpus.refused("wide-named.csv", "data.layout: wide")


def stacked_files(corpus):
    stacked = stacked_frame()
    stacked.to_csv(corpus.path("stacked.csv"))
    corpus.equal("stacked.csv")
    corpus.equal("stacked.csv", symbols="all")
    stacked.swaplevel(axis=1).to_csv(corpus.path("stacked-by-symbol.csv"))
    corpus.equal("stacked-by-symbol.csv")
    stacked.rename_axis(None).to_csv(corpus.path("stacked-two-lines.csv"))
    corpus.equal("stacked-two-lines.csv")
    stacked.to_parquet(corpus.path("stacked.parquet"))
    corpus.equal("stacked.parquet")
    for symbol in SYMBOLS:
        one = stacked.xs(symbol, level="Ticker", axis=1, drop_level=False)
        one.to_csv(corpus.path(f"one-{symbol}.csv"))
        flat = one.copy()
        flat.columns = flat.columns.get_level_values(0)
        flat.to_csv(corpus.path(f"flat-{symbol}.csv"))
    corpus.equal("one", path="one-{symbol}.csv")
    corpus.equal("one as a pattern", path="one-*.csv")
    corpus.equal("flat", path="flat-{symbol}.csv")


def fastparquet_files(corpus):
    """The other engine of pandas 2."""
    frame = long_frame()
    for name, options in [("plain", {}), ("int96", {"times": "int96"}), ("gzip", {"compression": "gzip"}),
                          ("groups", {"row_group_offsets": [0, 5, 11]}), ("nulls", {"has_nulls": True})]:
        frame.to_parquet(corpus.path(f"fastparquet-{name}.parquet"), engine="fastparquet", **options)
        corpus.equal(f"fastparquet-{name}.parquet")
    frame.set_index("date").to_parquet(corpus.path("fastparquet-date-index.parquet"), engine="fastparquet")
    corpus.equal("fastparquet-date-index.parquet")
    frame[frame["close"] > 0].to_parquet(corpus.path("fastparquet-numbered.parquet"), engine="fastparquet", index=True)
    corpus.equal("fastparquet-numbered.parquet")
    frame.astype({"symbol": "category"}).to_parquet(corpus.path("fastparquet-category.parquet"), engine="fastparquet")
    corpus.equal("fastparquet-category.parquet")
    wide = wide_frame()
    wide.to_parquet(corpus.path("fastparquet-wide.parquet"), engine="fastparquet")
    wide.rename_axis(None).to_parquet(corpus.path("fastparquet-wide-unnamed.parquet"), engine="fastparquet")
    for name in ["fastparquet-wide.parquet", "fastparquet-wide-unnamed.parquet"]:
        corpus.equal(name, to="wide.csv", symbols="all", layout="wide")


def polars_files(corpus):
    import polars as pl

    frame = pl.DataFrame(ROWS, schema=COLUMNS, orient="row")
    for codec in ["zstd", "lz4", "snappy", "gzip", "uncompressed"]:
        frame.write_parquet(corpus.path(f"polars-{codec}.parquet"), compression=codec)
        corpus.equal(f"polars-{codec}.parquet")
    frame.with_columns(pl.col("symbol").cast(pl.Categorical)).write_parquet(corpus.path("polars-category.parquet"))
    corpus.equal("polars-category.parquet")
    frame.with_columns(pl.col("symbol").cast(pl.Enum(SYMBOLS))).write_parquet(corpus.path("polars-enum.parquet"))
    corpus.equal("polars-enum.parquet")
    for unit in ["ms", "us", "ns"]:
        frame.with_columns(pl.col("date").cast(pl.Datetime(unit))).write_parquet(corpus.path(f"polars-{unit}.parquet"))
        corpus.equal(f"polars-{unit}.parquet")
    frame.with_columns(pl.col("close").cast(pl.Decimal(12, 4))).write_parquet(corpus.path("polars-decimal.parquet"))
    corpus.equal("polars-decimal.parquet")
    frame.write_csv(corpus.path("polars.csv"))
    corpus.equal("polars.csv")
    frame.write_csv(corpus.path("polars-tabs.csv"), separator="\t")
    corpus.refused("polars-tabs.csv", "delimiter: tab")
    corpus.equal("polars-tabs.csv", csv={"delimiter": "tab"})
    wide = pl.from_pandas(wide_frame().reset_index()).with_row_index()
    wide.write_parquet(corpus.path("polars-row-index.parquet"))
    corpus.equal("polars-row-index.parquet", to="wide.csv", symbols="all", layout="wide")


def duckdb_files(corpus):
    import duckdb

    connection = duckdb.connect()
    frame = long_frame()
    connection.register("frame", frame)
    connection.execute("create table prices as select date::date as date, symbol, open, close, volume from frame")

    def copy(name, options, what="prices"):
        connection.execute(f"copy {what} to '{corpus.path(name)}' ({options})")

    copy("duckdb-v1.parquet", "format parquet")
    copy("duckdb-v2.parquet", "format parquet, parquet_version v2")
    copy("duckdb-v2-zstd.parquet", "format parquet, parquet_version v2, compression zstd")
    copy("duckdb.csv", "format csv, header")
    copy("duckdb-quoted.csv", "format csv, header, force_quote *")
    for name in ["duckdb-v1.parquet", "duckdb-v2.parquet", "duckdb-v2-zstd.parquet", "duckdb.csv", "duckdb-quoted.csv"]:
        corpus.equal(name)
    copy("duckdb-dates.csv", "format csv, header, dateformat '%m/%d/%Y'")
    corpus.refused("duckdb-dates.csv", "date_format")
    corpus.equal("duckdb-dates.csv", csv={"date_format": "%m/%d/%Y"})
    copy("by-symbol", "format parquet, partition_by (symbol)")
    copy("by-date", "format csv, header, partition_by (date)")
    copy("by-year", "format parquet, partition_by (year)", "(select *, year(date) as year from prices)")
    for name in ["by-symbol", "by-date", "by-year"]:
        corpus.equal(name)
    corpus.equal("a pattern", path="by-symbol/*/*.parquet")
    corpus.equal("a pattern of any depth", path="by-s*/**/*.parquet")


def written_by_hand(corpus):
    """What spreadsheets and sites write."""
    lines = ["date,symbol,open,close,volume"] + [f"{d},{s},{o},{c},{v}" for d, s, o, c, v in ROWS]
    corpus.path("excel.csv").write_text("\ufeff" + "\r\n".join(lines + [",,,,", ",,,,", ""]), encoding="utf-8")
    corpus.equal("excel.csv")
    thousands = [lines[0]] + [f'{d},{s},{o},{c},"{v:,.1f}"' for d, s, o, c, v in ROWS]
    corpus.path("thousands.csv").write_text("\n".join(thousands) + "\n")
    corpus.refused("thousands.csv", 'thousands: ","')
    corpus.equal("thousands.csv", csv={"thousands": ","})
    stooq = ["<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<CLOSE>,<VOL>,<OPENINT>"]
    stooq += [f"{s},D,{d:%Y%m%d},000000,{o},{c},{v},0" for d, s, o, c, v in ROWS]
    corpus.path("stooq.csv").write_text("\n".join(stooq) + "\n")
    corpus.equal("stooq.csv")
    counts = {"epoch_s": 86_400, "epoch_ms": 86_400_000, "epoch_us": 86_400_000_000, "epoch_ns": 86_400 * 10**9}
    for count, day in {**counts, "excel": 1}.items():
        first = 25_569 if count == "excel" else 0
        number_of = {d: (first + (d - datetime.date(1970, 1, 1)).days) * day for d in DATES}
        numbered = [lines[0]] + [f"{number_of[d]},{s},{o},{c},{v}" for d, s, o, c, v in ROWS]
        corpus.path(f"date-{count}.csv").write_text("\n".join(numbered) + "\n")
        corpus.refused(f"date-{count}.csv", f'date_format: "{count}"')
        corpus.equal(f"date-{count}.csv", csv={"date_format": count})
        table = arrow_table()
        for kind in [int, float]:
            numbers = pa.array([kind(number_of[row[0]]) for row in ROWS])
            name = f"date-{count}-{numbers.type}.parquet"
            pq.write_table(table.set_column(0, "date", numbers), corpus.path(name))
            corpus.refused(name, "date_format")
            corpus.equal(name, csv={"date_format": count})
    dollars = [lines[0]] + [f'{d},{s},${o:.2f},{c:.2f} $,"{v:,.1f}"' for d, s, o, c, v in ROWS]
    corpus.path("dollars.csv").write_text("\n".join(dollars) + "\n")
    corpus.refused("dollars.csv", 'currency: "$"')
    corpus.equal("dollars.csv", csv={"currency": "$", "thousands": ","})
    text = arrow_table(open=pa.string())
    signs = pa.array([f"${row[2]}" for row in ROWS])
    pq.write_table(text.set_column(2, "open", signs), corpus.path("dollars.parquet"))
    corpus.refused("dollars.parquet", 'currency: "$"')
    corpus.equal("dollars.parquet", csv={"currency": "$"})
    percent = [lines[0]] + [f"{d},{s},{o * 100}%,{c * 100} %,{v}" for d, s, o, c, v in ROWS]
    corpus.path("percent.csv").write_text("\n".join(percent) + "\n")
    corpus.equal("percent.csv")
    for name in ["observation_date", "timestamp", "Datetime"]:
        corpus.path(f"named-{name}.csv").write_text("\n".join([lines[0].replace("date", name)] + lines[1:]) + "\n")
        corpus.equal(f"named-{name}.csv")
    names = ["", *[f"row{n}" for n in range(len(ROWS))]]
    r = ['"",' + lines[0]] + [f'"{names[n + 1]}",{line}' for n, line in enumerate(lines[1:])]
    corpus.path("rownames.csv").write_text("\n".join(r) + "\n")
    corpus.equal("rownames.csv")
    with gzip.open(corpus.path("members.csv.gz"), "wt") as file:
        file.write("\n".join(lines[:5]) + "\n")
    with gzip.open(corpus.path("members.csv.gz"), "at") as file:
        file.write("\n".join(lines[5:]) + "\n")
    corpus.equal("members.csv.gz")
    intraday = [lines[0]] + [f"{d} {hour}:00:00,{s},{o},{c},{v}" for d, s, o, c, v in ROWS for hour in ["10", "15"]]
    corpus.path("intraday.csv").write_text("\n".join(intraday) + "\n")
    corpus.refused("intraday.csv", "bars are daily", on_duplicate="last")


def main():
    corpus = Corpus(pathlib.Path(sys.argv[1]))
    corpus.directory.mkdir(parents=True, exist_ok=True)
    writers = [plain_files, pandas_files, wide_files, stacked_files]
    if pd.__version__.startswith("2."):
        writers += [arrow_types, fastparquet_files]
    else:
        writers += [arrow_encodings, arrow_types, polars_files, duckdb_files, written_by_hand]
    for write in writers:
        write(corpus)
    corpus.path("cases.json").write_text(json.dumps(corpus.cases, indent=1))


if __name__ == "__main__":
    main()
