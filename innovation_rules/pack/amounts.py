"""Lower the amount of an award: share or fixed sum, per quantity, cap and floor, rounded once at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from innovation_rules.pack import aggregates
from innovation_rules.pack import grammar as g
from innovation_rules.pack.operators import combine, pick_one
from innovation_rules.pack.typed import MONEY, Typed, Wrong, per
from innovation_rules.program import AmountRule, Linear, Number, Round
from innovation_rules.quantities import SCALE, Type

if TYPE_CHECKING:
    from innovation_rules.pack.lowering import Lowering


class AmountLowering:
    """The amount of an award: share, fixed sum, per quantity, cap and floor, rounded once at the end."""

    def __init__(self, to: Lowering, award: g.Award) -> None:
        self.to, self.award = to, award
        assert award.amount is not None
        self.amount: g.Amount = award.amount

    def rule(self) -> AmountRule:
        low, high = self._ends()
        low = self._finish(low)
        high = low if high is None else self._finish(high)
        rounding = self.amount.rounding
        unit = rounding.to.text if rounding else "0.01元"
        mode = rounding.mode.value if rounding else "half_up"
        return AmountRule(low.node, high.node, f"{mode}:{unit}")

    def _ends(self) -> tuple[Typed, Typed | None]:
        """The lower and the upper amount before cap, floor and rounding."""
        amount, to = self.amount, self.to
        if bool(amount.share) == (amount.fixed is not None):
            raise Wrong("amount-one-of", amount.place)
        if amount.share and amount.of is None:
            raise Wrong("missing-key", amount.place, key="of")
        if self.award.for_each is not None:
            return self._each()
        if amount.fixed is not None:
            return self._per(to.number(amount.fixed, like=MONEY)), None
        assert amount.of is not None
        base = self._positive(to.number(g.FactRef(amount.of)))
        ends = [combine(to, [(to.factor(one), base)]) for one in amount.share]
        return ends[0], ends[1] if len(ends) > 1 else None

    def _positive(self, base: Typed) -> Typed:
        """A base of zero or less gives nothing."""
        if base.type is not Type.MONEY:
            raise Wrong("type-mismatch", self.amount.place, found=base.type.words, expected=Type.MONEY.words)
        if base.low is not None and base.low >= 0:
            return base
        return pick_one(self.to, "max", [base, self.to.constant(0, Type.MONEY)])

    def _per(self, fixed: Typed) -> Typed:
        if self.amount.per is None:
            return fixed
        quantity = self.to.number(g.FactRef(self.amount.per))
        each = fixed.low
        if each is None or fixed.low != fixed.high:
            raise Wrong("factor-is-a-fact", self.amount.place, name=str(self.amount.per))
        scale = SCALE[quantity.type]
        node = self.to.add(Linear(((per(each, scale), quantity.node),)), Type.MONEY)
        return Typed(node, Type.MONEY, "", 0, None if quantity.high is None else each * quantity.high)

    def _each(self) -> tuple[Typed, Typed | None]:
        """The sum over the qualifying activities."""
        amount, award, to = self.amount, self.award, self.to
        assert award.for_each is not None
        if amount.fixed is not None and amount.per is None:
            count = to.activities(award.for_each)
            each = to.number(amount.fixed, like=MONEY)
            if each.low is None:
                raise Wrong("factor-is-a-fact", amount.place, name="")
            high = None if count.high is None else each.low * count.high
            node = to.add(Linear(((each.low, count.node),)), Type.MONEY)
            return Typed(node, Type.MONEY, "", 0, high), None
        factors: Sequence[Number | None]
        if amount.fixed is not None:
            each = to.number(amount.fixed, like=MONEY)
            factors, field_name = [each.low or 0], amount.per
        else:
            factors = [to.factor(one) for one in amount.share]
            field_name = amount.of
        assert field_name is not None
        ends = [self._total(award.for_each, field_name, factor) for factor in factors]
        return ends[0], ends[1] if len(ends) > 1 else None

    def _total(self, item: g.Filter, name: g.Name, factor: Number | None) -> Typed:
        to = self.to
        categories, kinds = aggregates.categories_and_kinds(to, item)
        with aggregates.body_of(to, "activity") as body:
            where = to.all_true(aggregates.membership(to, item, categories, kinds))
            base = to.item_fact(name)
            if base.low is None or base.low < 0:
                base = pick_one(to, "max", [base, to.constant(0, base.type)])
            if self.amount.fixed is not None and factor is not None:
                factor = per(factor, SCALE[base.type])
            each = combine(to, [(factor, base)])
            if self.amount.cap_each is not None:
                each = pick_one(to, "min", [each, to.number(self.amount.cap_each, like=MONEY)])
        return aggregates.lower_aggregate(
            to, "activities", categories, body, where, replace(each, type=Type.MONEY, unit="")
        )

    def _finish(self, typed: Typed) -> Typed:
        """Floor, cap, rounding, in that order."""
        to, amount = self.to, self.amount
        if amount.floor is not None:
            typed = pick_one(to, "max", [typed, to.number(amount.floor, like=MONEY)])
        if amount.cap is not None:
            typed = pick_one(to, "min", [typed, to.number(amount.cap, like=MONEY)])
        unit, mode = 1, "half_up"
        if amount.rounding is not None:
            unit = int(to.parsed(amount.rounding.to, Type.MONEY)[1])
            mode = amount.rounding.mode.value
        return replace(typed, node=to.add(Round(typed.node, unit, mode), Type.MONEY))  # type: ignore[arg-type]
