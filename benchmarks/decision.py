"""One decision by our engines and by the peers, on the neutral workload, in one run.

First every contender must say the same as the plain function on 1,000 records at the thresholds; then
all are timed, interleaved, best of 15 rounds. Run by `make bench`. With --check nothing is timed.
"""

import sys

import ours
import peers
import workload
from timing import best_per_call, table


def disagreements(contender: peers.Contender, records: list[workload.Record]) -> list[str]:
    """Where a contender says other than the plain function."""
    found = []
    for record in records:
        expected, said = workload.plain(record), contender.read(contender.run(contender.given(record)))
        if said != expected:
            found.append(f"{contender.name}: {record}\n  expected {expected}\n  said     {said}")
    return found


def main() -> int:
    records = list(workload.records(1000))
    contenders = [*peers.contenders(), *ours.contenders()]
    for contender in contenders:
        if wrong := disagreements(contender, records):
            print(f"{len(wrong)} of {len(records)} differ; the first:\n{wrong[0]}")
            return 1
    print(f"{len(contenders)} contenders agree on {len(records)} records; {peers.versions()}")

    if "--check" in sys.argv:
        return 0
    best = best_per_call({c.name: (c.run, [c.given(r) for r in records]) for c in contenders})
    table("One decision, 15 facts, 10 rules", best, "µs", "plain Python")
    for contender in contenders:
        if contender.reasons:
            print(f"  reasons given by {contender.name}: {contender.reasons}")
    return 0 if ours.goals(best) else 1


if __name__ == "__main__":
    sys.exit(main())
