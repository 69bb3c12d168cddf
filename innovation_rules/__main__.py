"""`python -m innovation_rules` is the command line."""

from innovation_rules.cli import main

if __name__ == "__main__":
    main()
