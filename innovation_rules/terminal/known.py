"""Say what is known of an enterprise in a few words, each with its unit: what a small counterexample is printed as.

`difference` and `advising` print with it. What is not known is not said, except that nobody surveyed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from innovation_rules.case import VOCABULARY
from innovation_rules.enterprise import Enterprise, Finding
from innovation_rules.errors import Lang, Words
from innovation_rules.facts import CATEGORIES, FactSpec, Owner
from innovation_rules.fields import region_name
from innovation_rules.pack import Pack
from innovation_rules.pack.prose import codes
from innovation_rules.quantities import FOREVER, QUANTITIES, Level, Named, Type, format_quantity, parse_data
from innovation_rules.reasons import Reason
from innovation_rules.region import RegionStatistics
from innovation_rules.terminal.wording import item_facts, item_words


def known(
    enterprise: Enterprise, pack: Pack, lang: Lang, regions: Mapping[str, RegionStatistics] | None = None
) -> Iterator[str]:
    """One statement a fact: `R&D经费内部支出（2020年）100万元`."""
    names = ("region", "industry", "established", "ownership", "zones")
    yield from _fields("enterprise", {name: getattr(enterprise, name) for name in names}, lang, "")
    for year, listed in sorted(enterprise.in_directory.items()):
        yield _said(VOCABULARY["enterprise", "in_directory"], listed, lang, _of_year(year, lang))
    yield from _inputs(enterprise.inputs, pack, lang, "")
    for year, report in sorted(enterprise.reports.items()):
        values = {name: getattr(report, name) for name in type(report).model_fields if name != "inputs"}
        yield from _fields("report", values, lang, _of_year(year, lang))
        yield from _inputs(report.inputs, pack, lang, _of_year(year, lang))
    yield from _lists(enterprise, pack, lang)
    for code, region in (regions or {}).items():
        yield from _region(code, region, pack, lang)


def _fields(owner: Owner, values: Mapping[str, Any], lang: Lang, when: str) -> Iterator[str]:
    for name, value in values.items():
        if value is not None and (owner, name) in VOCABULARY:
            yield _said(VOCABULARY[owner, name], value, lang, when)


def _said(spec: FactSpec, value: Any, lang: Lang, when: str) -> str:
    name = spec.zh if lang == "zh" else spec.name
    return f"{name}{when}{'' if lang == 'zh' and when else ' '}{value_words(spec, value, lang)}"


def value_words(spec: FactSpec, value: Any, lang: Lang) -> str:
    """A value of a model's field or of a case, in words."""
    match value:
        case None:
            return "未知" if lang == "zh" else "unknown"
        case bool():
            return format_quantity(value, Type.YES_NO, None, lang)
        case Level():
            return value.zh if lang == "zh" else value.value
        case Named():
            return value.zh if lang == "zh" else value.value
        case date():
            return value.isoformat()
        case tuple():
            return ("、" if lang == "zh" else ", ").join(map(str, value)) or (
                "无" if lang == "zh" else "none"
            )
        case int():
            if spec.type is Type.DATE and value >= FOREVER:
                return "至今" if lang == "zh" else "going on"
            return format_quantity(int(value), spec.type, spec.unit, lang)
    text = str(value)
    if spec.name == "region":
        return f"{region_name(text) or ''} {text}".strip() if lang == "zh" else text
    labels: Mapping[str, str] = spec.choices or {}
    return labels.get(text, text) if lang == "zh" else text


def _of_year(year: int, lang: Lang) -> str:
    return f"（{year}年）" if lang == "zh" else f" ({year})"


def _inputs(inputs: Mapping[str, Any], pack: Pack, lang: Lang, when: str) -> Iterator[str]:
    for name, given in inputs.items():
        value = given.value if isinstance(given, Finding) else given
        entry = pack.linked.find("inputs", name)
        if value is None:
            continue
        if entry is None:
            yield f"{name}{when} {value}"
        else:
            spec = pack.linked.input_spec(entry)
            yield _said(spec, _in_base_units(spec, value), lang, when)


def _in_base_units(spec: FactSpec, value: Any) -> Any:
    """A declared value as a case holds it; money written as a plain integer is in 元."""
    return parse_data(value, spec.type, spec.unit) if spec.type in QUANTITIES else value


def _lists(enterprise: Enterprise, pack: Pack, lang: Lang) -> Iterator[str]:
    say = Words("创新活动未调查", "activities not surveyed")
    if enterprise.activities is None:
        yield say.in_(lang)
    for one in (*(enterprise.activities or ()), *(enterprise.qualifications or ())):
        facts = item_facts(one, lang)
        aside = [facts] if facts else []
        aside += list(_inputs(getattr(one, "inputs", {}), pack, lang, ""))
        text = item_words(one, pack, lang)
        comma = "，" if lang == "zh" else ", "
        brackets = "（{}）" if lang == "zh" else " ({})"
        yield text + (brackets.format(comma.join(aside)) if aside else "")
    if enterprise.activities is not None and not enterprise.activities and not enterprise.unsurveyed:
        yield Words("经查没有创新活动", "surveyed: no activities").in_(lang)
    for category in sorted(enterprise.unsurveyed):
        name = CATEGORIES[category.value] if lang == "zh" else category.value
        yield f"{name}未调查" if lang == "zh" else f"{name} not surveyed"
    if enterprise.qualifications is not None and not enterprise.qualifications:
        yield Words("没有资质", "no qualifications").in_(lang)


def _region(code: str, region: RegionStatistics, pack: Pack, lang: Lang) -> Iterator[str]:
    """The statistics of a region that somebody stands in."""
    for year, figures in sorted(region.statistics.items()):
        for name, vintages in figures.items():
            entry = pack.linked.find("inputs", name)
            label = entry.item.label if entry is not None and lang == "zh" else name
            for one in vintages:
                where = (region_name(code) or code) if lang == "zh" else code
                yield f"{where} {label}{_of_year(year, lang)} {one.value}"


def test_words(reason: Reason, lang: Lang) -> str:
    """A test with its values, code prefixes that follow each other as a run."""
    text = reason.text(lang)
    if reason.kind != "under":
        return text
    prefixes = [str(one) for one in reason.info.against]
    every = ("、" if lang == "zh" else ", ").join(prefixes)
    short = codes(prefixes)
    return text.replace(every, short if lang == "zh" else short.replace("至", "–").replace("、", ", "))
