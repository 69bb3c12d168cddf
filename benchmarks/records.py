"""Validate records: JSON text to Enterprises, as many a second as one core gives. Run by `make bench`."""

import json
import sys

import ours
import workload
from timing import best_per_call


def main() -> int:
    from innovation_rules import Enterprise

    texts = [json.dumps(ours.data(record), ensure_ascii=False) for record in workload.records(2000)]
    best = best_per_call(
        {
            "json.loads alone": (json.loads, texts),
            "JSON text to Enterprise": (Enterprise.model_validate_json, texts),
            "dictionary to Enterprise": (Enterprise.model_validate, [json.loads(text) for text in texts]),
        }
    )
    print(f"\nRecords validated ({len(texts[0].encode())} bytes each)")
    for name, microseconds in best.items():
        print(f"  {name:<26} {microseconds:>8.1f} µs  {1e6 / microseconds:>10,.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
