"""Reads every table of a month as its readers do, and compares it with JSON.

Arguments: the address of the public API, the path of a month below it, and codes of items with digits
only that must survive.
"""

import json
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

import duckdb
import pandas as pd

BASE, MONTH, *CODES = sys.argv[1:]


def get(path):
    with urlopen(BASE + path) as answer:
        return answer.read(), answer.headers


def body(path):
    return json.loads(get(path)[0])


def pages(path):
    """All rows of JSON, a few at a time, by the links between its pages."""
    rows, path = [], f"{path}?limit=40"
    while path:
        content, headers = get(path)
        page = json.loads(content)
        rows += page["rows"]
        links = (link.split(";") for link in (headers["Link"] or "").split(", ") if link)
        path = next((to.strip("<>") for to, relation, *_ in links if 'rel="next"' in relation), None)
    assert len(rows) == page["total_rows"], (len(rows), page["total_rows"])
    return rows


def texts(path):
    """The columns that are texts, by what describes the table."""
    columns = body(f"{path}-metadata.json")["tableSchema"]["columns"]
    return [column["name"] for column in columns if column["datatype"] == "string"], columns


def with_pandas(path):
    names, _ = texts(path)
    return pd.read_csv(BASE + path, dtype={name: str for name in names}, keep_default_na=False, na_values=[""])


def known(column):
    """The values of a column, None where a field is empty."""
    return [None if pd.isna(value) else value for value in column]


def with_duckdb(path, folder):
    """The columns that are texts, from a file as a browser stores it."""
    names, columns = texts(path)
    content, _ = get(path)
    assert content.startswith(b"\xef\xbb\xbf"), path
    file = folder / "table.csv"
    file.write_bytes(content)
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    table = duckdb.sql(f"FROM read_csv('{file}', types = {{{types}}})")
    assert table.columns == [column["name"] for column in columns], path
    # A name may be a word of SQL, such as group.
    return table.project(", ".join(f'"{name}"' for name in names)).fetchall(), names


def rows_of(path, folder):
    """A table, whose texts pandas and DuckDB must read alike."""
    table = with_pandas(path)
    rows, names = with_duckdb(path, folder)
    assert len(table) == len(rows), path
    for index, name in enumerate(names):
        ours = known(table[name])
        assert ours == [row[index] for row in rows], (path, name)
    return table


def check_rows(dimension, folder, total):
    table = rows_of(f"{MONTH}/{dimension}.csv", folder)
    rows = pages(f"{MONTH}/{dimension}")
    assert table["code"].tolist() == [row["code"] for row in rows], f"{dimension}: every row, in order"
    assert table["code"].is_unique
    names = [(row["name"] or {}).get("zh") for row in rows]
    assert known(table["name_zh"]) == names
    assert table["reviews_counted"].sum() == total["reviews"]["counted"], dimension
    assert (table["good_reviews"] + table["bad_reviews"] == table["reviews_counted"]).all()
    assert table["active_bad_reviews"].sum() == total["active_bad_reviews"]
    rated = table[table["reviews_active"] > 0]
    rate = "active_bad_reviews_per_million"
    million = rated[rate]
    assert ((rated[f"{rate}_low"] <= million) & (million <= rated[f"{rate}_high"])).all()
    assert "bad_reviews_per_million_low" not in table, "default reviews are no observations"
    assert table.loc[table["reviews_counted"] == 0, "satisfaction_rate"].isna().all(), "no rate of nothing"
    assert (table["records"] == table["records_of_month"]).all()
    assert table["as_of"].str.endswith("+08:00").all()
    return table


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        month = body(MONTH)
        total = month["total"]
        items = check_rows("items", folder, total)
        for code in CODES:
            assert code in set(items["code"]), f"{code} has been lost"
            assert code[:18] in set(items["department"]), f"the department of {code} has been lost"
        assert (items["code"].str.isdigit() & (items["code"].str.len() == 31)).sum() > len(CODES)
        departments = check_rows("departments", folder, total)
        assert departments["code"].str.isdigit().any(), "departments of 18 digits"
        areas = check_rows("areas", folder, total)
        own = areas[areas["own"]]
        assert own["name_zh"].tolist() == ["广东省本级"], own
        assert "广州市" in areas["name_zh"].tolist()

        counties, _ = get(f"{MONTH}/areas.csv?level=county&parent=440100")
        counties = counties.decode("utf-8-sig").splitlines()[1:]
        assert "广州市本级" in counties[0] and all(",440100," in line for line in counties), counties[:1]

        slices = rows_of(f"{MONTH}.csv", folder).set_index("slice")
        whole = slices.loc["total"]
        assert whole["reviews_counted"] == total["reviews"]["counted"]
        assert slices.loc["channel", "reviews_counted"].sum() == whole["reviews_counted"]
        assert slices.loc["group", "bad_reviews"].sum() == whole["bad_reviews"]
        bridge = (
            whole["bad_reviews_received"]
            - whole["bad_reviews_of_earlier_services"]
            + whole["bad_reviews_given_later"]
        )
        assert bridge == whole["bad_reviews"], "what was received leads to what is counted"

        assert len(rows_of(f"{MONTH}/ledger.csv", folder)) > 14
        province = MONTH.removesuffix("/2023-07")
        assert "2023-07" in rows_of(f"{province}.csv", folder)["month"].tolist()
        assert "440000" in rows_of("/v1/provinces.csv", folder)["province"].tolist()
        assert "satisfaction" in rows_of("/v1/metrics.csv", folder)["id"].tolist()
        assert len(rows_of("/v1/data-sets.csv", folder)) >= 9

        without, _ = get(f"{MONTH}/items.csv?bom=0")
        assert without.startswith(b"province,"), without[:20]
        _, headers = get(f"{MONTH}/items.csv")
        assert "440000-2023-07-item-" in headers["Content-Disposition"], headers
        assert headers["Last-Modified"].endswith("GMT"), headers
        print(f"{len(items)} items, {len(departments)} departments, {len(areas)} areas")


main()
