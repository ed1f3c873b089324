"""Token counts and costs, in the several shapes that senders use (contract langfuse §11.4, §12.3).

What is no count is left out rather than refused: usage is a courtesy of the sender's model library,
and a whole observation is worth more than its figures.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from scorehouse.domain.traces import COUNT_MAX

INPUT_NAMES = ("input", "promptTokens", "prompt_tokens", "inputTokens", "input_tokens")
OUTPUT_NAMES = ("output", "completionTokens", "completion_tokens", "outputTokens", "output_tokens")
TOTAL_NAMES = ("total", "totalTokens", "total_tokens")

COST_NAMES = {"inputCost": "input", "outputCost": "output", "totalCost": "total"}


def read_usage(said: Mapping[str, Any] | None) -> dict[str, int]:
    """Read the older ``usage``, OpenAI-like or ``input``/``output``/``total``."""
    if not said:
        return {}
    named = {"input": INPUT_NAMES, "output": OUTPUT_NAMES, "total": TOTAL_NAMES}
    counts = {kind: _first_count(said, names) for kind, names in named.items()}
    return {kind: count for kind, count in counts.items() if count is not None}


def read_usage_details(said: Any) -> dict[str, int]:
    """Read ``usageDetails``: counts by kind, OpenAI's own names among them, nested ones joined by underscores."""
    if not isinstance(said, Mapping):
        return {}
    found: dict[str, int] = {}
    for name, value in said.items():
        count = _count(value)
        if count is not None:
            found[_KINDS.get(name, str(name))] = count
    for kind, place in _DETAILS.items():
        details = said.get(place)
        for name, value in details.items() if isinstance(details, Mapping) else ():
            count = _count(value)
            if count is not None:
                found[f"{kind}_{name}"] = count
    return found


def read_costs(said: Any) -> dict[str, float]:
    """Read ``costDetails``: dollars by kind."""
    if not isinstance(said, Mapping):
        return {}
    return {kind: cost for kind, value in said.items() if (cost := _amount(value)) is not None}


def read_usage_costs(said: Mapping[str, Any] | None) -> dict[str, float]:
    """Read the costs that stand in the older ``usage``."""
    costs = {kind: _amount((said or {}).get(name)) for name, kind in COST_NAMES.items()}
    return {kind: cost for kind, cost in costs.items() if cost is not None}


def total_cost(costs: Mapping[str, float]) -> float | None:
    """Return what an observation cost: its total if told, else the sum of its parts."""
    if not costs:
        return None
    return costs["total"] if "total" in costs else sum(costs.values())


_KINDS: Mapping[str, str] = {
    **dict.fromkeys(INPUT_NAMES, "input"),
    **dict.fromkeys(OUTPUT_NAMES, "output"),
    **dict.fromkeys(TOTAL_NAMES, "total"),
}
_DETAILS = {"input": "prompt_tokens_details", "output": "completion_tokens_details"}


def _first_count(said: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := _count(said.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < COUNT_MAX:
        return None
    return int(value)


def _amount(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isfinite(value) else None
