"""What is written down for a person to paste reads back as it was."""

from __future__ import annotations

import pytest
import yaml

from innovation_rules.audit.written import flow, statistics
from innovation_rules.pack import reader
from innovation_rules.region import RegionStatistics

TEXTS = [
    *("1_000", "0x1F", "0o17", "0b1", "1e3", "017", "12", "1.5", "-3", "1__2", "12:30", "2020-01-01", "１２"),
    *(
        "yes",
        "no",
        "No",
        "on",
        "ON",
        "off",
        "y",
        "N",
        "Null",
        "NULL",
        "True",
        "FALSE",
        "true",
        "null",
        "~",
        "_",
    ),
    *(
        "",
        " x",
        "x ",
        "a: b",
        "#x",
        "-",
        "=",
        "<<",
        "[x]",
        "{x}",
        '"',
        "\\",
        "甲：乙",
        "a, b",
        "10%",
        "*x",
        "&x",
        "!x",
    ),
]
BARE = ["甲", "12万元", "large", "rd_expenditure", "甲2"]


@pytest.mark.parametrize("text", [*TEXTS, *BARE])
def test_a_text_reads_back_as_itself_to_every_reader(text: str) -> None:
    said = f"k: {flow([text])}\n"
    sequence = reader.read(said.encode(), "said.yaml").root.get("k")
    assert isinstance(sequence, reader.Sequence)
    (ours,) = sequence.items
    assert isinstance(ours, reader.Scalar)
    assert (ours.value, type(ours.value)) == (text, str)
    assert yaml.safe_load(said) == {"k": [text]}


@pytest.mark.parametrize("text", BARE)
def test_a_plain_word_or_figure_stands_without_quotation_marks(text: str) -> None:
    assert flow(text) == text


def test_the_statistics_of_every_region_are_written_of_the_year() -> None:
    regions = {
        code: RegionStatistics.model_validate(
            {"region": code, "statistics": {2019: {name: "9家"}, 2020: {name: "1家"}}}
        )
        for code, name in (("140400", "firms"), ("140403", "parks"))
    }
    assert statistics(regions, 2020) == {"firms": "1家", "parks": "1家"}
    assert statistics(regions, 2018) is None
