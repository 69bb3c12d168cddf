"""Commands that stand apart from `cli`: each module registers its own when the command is first asked for.

`cli.LATER` names them. Nothing imports these modules but the command line, by name.
"""
