"""Decide whole tables at once: Polars by expressions, DuckDB and Spark by SQL text.

`cases.evaluate` runs a program on a list of Cases, as every engine must be able to.
"""
