"""Enterprises as tables: what columns there are, how they are checked, decided by the bulk engine, and explained.

Polars frames stay lazy from end to end; `contract` names the columns, `cells` reads them, `intake` checks and lays out
facts, `decide` runs a pack over them, `sources` opens folders and databases, `rejects` words what was set aside.
"""
