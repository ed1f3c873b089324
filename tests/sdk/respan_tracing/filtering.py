"""The vendor's own evaluator of filters, which it says is a port of its backend's.

Reads ``{"rows": […], "filters": […]}`` on standard input; tells for each filter the numbers of the rows that it keeps.
"""

import json
import sys

from respan_tracing.filters.evaluator import (  # type: ignore[import-not-found]  # lives in the SDK's own environment
    evaluate_export_filter,
)

asked = json.load(sys.stdin)
kept = [
    [number for number, row in enumerate(asked["rows"]) if evaluate_export_filter(row, one)] for one in asked["filters"]
]
json.dump(kept, sys.stdout)
