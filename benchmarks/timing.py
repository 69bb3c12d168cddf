"""Time several callables against each other in one run, interleaved, and print one table.

Used by every script of this folder. Interleaving gives each contender the same moments of the machine's
noise; the best round is what the code costs, the rest is the machine.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Contender = tuple[Callable[[Any], object], Sequence[Any]]
"""What is called, and the inputs it is called with in turn."""


def best_per_call(
    contenders: Mapping[str, Contender], rounds: int = 15, seconds: float = 0.05
) -> dict[str, float]:
    """Microseconds a call: the best of `rounds`, each lasting about `seconds`, garbage collection off."""
    calls = {name: _calls(run, inputs, seconds) for name, (run, inputs) in contenders.items()}
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, (run, inputs) in contenders.items():
            best[name] = min(best[name], _round(run, inputs, calls[name]))
    return best


def _round(run: Callable[[Any], object], inputs: Sequence[Any], calls: int) -> float:
    batch = [inputs[i % len(inputs)] for i in range(calls)]
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter_ns()
        for one in batch:
            run(one)
        return (time.perf_counter_ns() - start) / 1000 / calls
    finally:
        gc.enable()


def _calls(run: Callable[[Any], object], inputs: Sequence[Any], seconds: float) -> int:
    """How many calls last about `seconds`; also warms the contender up."""
    once = _round(run, inputs, min(20, len(inputs)))
    return max(10, min(20_000, int(seconds * 1e6 / once)))


def median_seconds(contenders: Mapping[str, Callable[[], object]], rounds: int = 21) -> dict[str, float]:
    """Seconds a call: the median of `rounds` interleaved calls."""
    seen: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seen[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seen.items()}


def table(title: str, figures: Mapping[str, float], unit: str, base: str) -> None:
    """Print the figures, each also as a multiple of the `base` one."""
    print(f"\n{title}")
    width = max(map(len, figures))
    for name, figure in sorted(figures.items(), key=lambda item: item[1]):
        print(f"  {name:<{width}}  {figure:>10.2f} {unit}  {figure / figures[base]:>9.2f} x {base}")


def goal(what: str, figure: float, limit: float, unit: str) -> bool:
    """Print whether a goal of the project is met, and give it back."""
    met = figure <= limit
    print(f"  goal {'met   ' if met else 'MISSED'} {what}: {figure:.2f} {unit}, to reach {limit:g} {unit}")
    return met
