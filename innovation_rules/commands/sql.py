"""`innovation-rules sql`: a pack as one SQL statement, to be read, or to be run where the tables are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from innovation_rules.cli import AS_OF, YEAR, Day, _out, _output, _pack, _plan_year, command
from innovation_rules.terminal.bilingual import Text, option, session

if TYPE_CHECKING:
    from innovation_rules.packs import Pack

DIALECT_NAMES = ("duckdb", "spark", "postgres")


@command(
    "sql",
    Text("把规则包写成一条 SQL", "a pack as one SQL statement"),
    Text(
        "读取企业、创新活动、资质三张表，每户给出一行：各项判定、金额（分）、不成立与不明的测试。"
        "开头的注释列出读取的各列及其含义、单位。同一规则包、年度、日期，写出的文字总是相同。"
        "只写经实测与解释器一致的方言；放不下的数会报错，绝不取近似值。\n\n"
        "innovation-rules sql changzhi --dialect duckdb --year 2020 --out changzhi.sql",
        "It reads the tables enterprises, activities and qualifications and gives a row for each enterprise: every "
        "decision, amounts in fen (1/100 yuan), the tests that fail and those not known. The comment at its head lists the columns "
        "that it reads, with their meaning and unit. The text of the same pack, year and date is always the same. "
        "Only dialects that were run against the interpreter are written; what a dialect cannot hold exactly is "
        "refused.\n\n"
        "innovation-rules sql changzhi --dialect duckdb --year 2020 --out changzhi.sql",
    ),
    _pack(),
    option(
        ["--dialect"],
        type=click.Choice(DIALECT_NAMES),
        default="duckdb",
        says=Text("SQL 的方言", "the dialect of SQL"),
    ),
    option(["--year"], type=click.IntRange(1990, 2100), metavar="YEAR", says=YEAR),
    option(["--as-of"], type=Day(), metavar="DATE", says=AS_OF),
    _out(),
)
def sql(pack: str, dialect: str, year: int | None, as_of: date | None, out: str | None) -> int:
    """Print the statement."""
    from innovation_rules.engines.bulk.script import script
    from innovation_rules.engines.bulk.sql import DIALECTS
    from innovation_rules.packs import dates_of, law_date_of, load_pack

    loaded = load_pack(pack)
    judged, day = dates_of(year or (None if as_of else _plan_year(loaded)), as_of)
    law = law_date_of(judged, day)
    found = script(
        loaded.program(judged, law), day, DIALECTS[dialect](), session().lang, _head(loaded, judged, day, law)
    )
    with _output(out) as (stream, _):
        stream.write(found.text)
    return 0


def _head(pack: Pack, year: int, as_of: date, law: date) -> list[str]:
    zh = session().lang == "zh"
    return [
        f"{pack.title} ({pack.id} {pack.version})",
        pack.digest,
        f"年度 {year}，情况截至 {as_of}，法律截至 {law}"
        if zh
        else f"year {year}, as of {as_of}, law of {law}",
    ]
