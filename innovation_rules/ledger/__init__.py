"""A ledger of events: read it, replay each enterprise's year, and give the sheet of a month.

`events` reads what happened, `history` makes the enterprise of any day of it, `turns` finds the days on which the
calendar alone can change a decision, `replay` walks through them, `months` issues sheets that never change.
"""

from innovation_rules.ledger.history import History, Ledger, parse, read

__all__ = ["History", "Ledger", "parse", "read"]
