"""The process in which durable_rules runs: it learns rulesets, judges facts, and knows nothing else.

`engines.rete` starts it by its path and talks to it in lines of JSON; it imports nothing of this library, so that it
starts at once and a crash or a hang of the C library takes nothing else with it. It ends with its standard input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

LAST = "z"
"""The sentinel: a rule of every ruleset that must fire, once, after all others."""
LONGEST = 60
"""Seconds after which a job that hangs ends the process, should nobody be left to end it."""


class Shard(NamedTuple):
    """A ruleset as the C library holds it, the fields that its fact has, and what each rule concludes."""

    handle: int
    reads: list[tuple[int, str]]
    says: dict[str, tuple[int, int]]


class Judge:
    """The rulesets of one program: stages of levels of shards, each level reading what those before concluded."""

    def __init__(self, library: Any, stages: list[dict[str, Any]]) -> None:
        self.library = library
        self.serial = 0
        self.stages = [
            (one["inputs"], [[*map(self.shard, level)] for level in one["levels"]], one["outputs"])
            for one in stages
        ]

    def shard(self, given: dict[str, Any]) -> Shard:
        self.serial += 1
        handle = self.library.create_ruleset(f"p{self.serial}", given["rules"])
        return Shard(handle, given["reads"], {name: (field, value) for name, field, value in given["says"]})

    def judge(self, stage: int, given: list[int | str | None]) -> list[int]:
        """What a stage concludes, field by field: 2 true, 0 false, 1 neither."""
        inputs, levels, outputs = self.stages[stage]
        known = {field: value for field, value in zip(inputs, given, strict=True) if value is not None}
        open_ = dict.fromkeys(outputs, 1)
        for level in levels:
            found: dict[int, int] = {}
            for shard in level:
                for name in self.fired(shard, known):
                    field, value = shard.says[name]
                    if found.setdefault(field, value) != value:
                        raise ValueError(f"both ways: {field}")
            open_.update(found)
            known.update(open_)
        return [open_[field] for field in outputs]

    def fired(self, shard: Shard, known: dict[int, int | str]) -> set[str]:
        """The rules that one fact fires; the fact is taken back afterwards, so that nothing is left of it."""
        self.serial += 1
        fact: dict[str, int | str] = {"kind": "c", "sid": "0", "id": f"i{self.serial}"}
        fact.update({name: known[field] for field, name in shard.reads if field in known})
        text = json.dumps(fact)
        status, state = self.library.assert_fact(shard.handle, text)
        names = self.drain(shard.handle, state) if status == 0 else []
        if names.count(LAST) != 1 or names[-1] != LAST:
            raise ValueError(f"the last rule did not fire last: {names[-3:]}")
        self.library.retract_fact(shard.handle, text)
        return {*names[:-1]}

    def drain(self, handle: int, state: int) -> list[str]:
        """Every rule that fires, in order: the first name of each message is the rule's."""
        names = []
        message = self.library.start_action_for_state(handle, state)[1]
        while message:
            names.append(message.split('"', 2)[1])
            message = self.library.complete_and_start_action(handle, state)
        return names


def serve(library: Any, questions: Iterable[bytes], reply: Callable[[object], None]) -> int:
    """Answer line after line until there are no more; after an error nothing more is answered."""
    judge = Judge(library, [])
    for line in questions:
        _limit(LONGEST)
        try:
            question = json.loads(line)
            if "learn" in question:
                judge = Judge(library, question["learn"])
            reply(judge.judge(question["judge"], question["given"]) if "judge" in question else [])
        except Exception as error:
            reply({"error": f"{type(error).__name__}: {error}"[:300]})
            return 1
        _limit(0)
    return 0


def main(folder: str) -> int:
    """Serve on the standard streams; the folder is where durable_rules is installed, and all that is asked of it."""
    reply = _replies()
    sys.path.append(folder)
    import durable_rules_engine

    return serve(durable_rules_engine, sys.stdin.buffer, reply)


def _replies() -> Callable[[object], None]:
    """Where answers go: the standard output as it was; what the C library prints goes nowhere."""
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def reply(answer: object) -> None:
        stream.write(json.dumps(answer).encode() + b"\n")
        stream.flush()

    return reply


def _limit(seconds: int) -> None:
    """The system ends the process after so many seconds, whatever the C library is at (where there are alarms)."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
