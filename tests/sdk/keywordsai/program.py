"""The vendor's older client, which leaves ``/api`` away: create, list and read logs, read evaluators.

``program.py <base URL> <key> <evaluator id>``; tells what it parsed as JSON on standard output.
"""

import asyncio
import json
import sys
from typing import Any

from keywordsai.evaluators.api import EvaluatorAPI  # type: ignore[import-not-found]  # lives in the SDK's own environment
from keywordsai.logs.api import LogAPI  # type: ignore[import-not-found]  # lives in the SDK's own environment
from keywordsai.types.log_types import KeywordsAILogParams  # type: ignore[import-not-found]  # lives in the SDK's own environment


def main(base_url: str, key: str, evaluator: str) -> None:
    """Do what the client can do with logs and evaluators, synchronously and asynchronously."""
    logs, evaluators = LogAPI(api_key=key, base_url=base_url), EvaluatorAPI(api_key=key, base_url=base_url)
    made = [
        logs.create(KeywordsAILogParams(model="gpt-4", input="hi", output="hello", custom_identifier=f"c-{number}"))
        for number in range(3)
    ]
    first, second = logs.list(page=1, page_size=2), logs.list(page=2, page_size=2)
    filtered = logs.list(custom_identifier="c-1")
    one = logs.get(filtered.results[0].id)
    listed = asyncio.run(LogAPI(api_key=key, base_url=base_url).alist(model="gpt-4"))
    page = evaluators.list(page_size=10)
    told: dict[str, Any] = {
        "made": made,
        "pages": [[row.custom_identifier for row in part.results] for part in (first, second)],
        "neighbours": [first.next, first.previous, second.next, second.previous],
        "filtered": [row.custom_identifier for row in filtered.results],
        "one": {"id": one.id, "asked": filtered.results[0].id, "input": one.input, "output": one.output},
        "listed": listed.count,
        "evaluators": [[item.name, item.slug] for item in page.results],
        "evaluator": evaluators.get(evaluator).name,
    }
    sys.stdout.write(json.dumps(told))


main(*sys.argv[1:])
