"""Policies as programs: what is known of an enterprise goes in, a decision with its reasons comes out."""

__version__ = "0.1.0"
