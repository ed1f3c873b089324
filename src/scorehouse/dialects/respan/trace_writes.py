"""Traces of the core → the vendor's."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from scorehouse.dialects.respan.log_writes import write_log
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.documents import EMPTY, Document
from scorehouse.domain.identity import canonical
from scorehouse.domain.instants import MICROSECONDS_PER_SECOND, Instant
from scorehouse.domain.traces import Span, Trace
from scorehouse.wire.times import microseconds_z

Json = dict[str, Any]


def write_trace(trace: Trace, organization: str, root: Span | None) -> Json:
    """Write a trace with its figures; `root` is its first span without a parent, if there is one."""
    rollup = trace.rollup
    start, end = trace.started_at or rollup.started_at, trace.ended_at or rollup.ended_at
    kept = trace.residue.get(RESIDUE, EMPTY)
    return {
        "id": trace.id,
        "trace_unique_id": trace.id,
        "root_span_unique_id": root.id if root else None,
        "organization_id": organization,
        "environment": trace.environment,
        "customer_identifier": trace.user,
        "session_identifier": trace.session,
        "trace_group_identifier": kept.get("trace_group_identifier"),
        "start_time": _time(start),
        "end_time": _time(end),
        "duration": None if start is None or end is None else (end - start) / MICROSECONDS_PER_SECOND,
        "span_count": rollup.span_count,
        "llm_call_count": rollup.llm_count,
        "error_count": rollup.error_count,
        "total_cost": rollup.cost_usd,
        "total_prompt_tokens": rollup.tokens_input,
        "total_completion_tokens": rollup.tokens_output,
        "total_tokens": rollup.tokens_total,
        "name": trace.name,
        "model": root.model if root else None,
        "input": _text(trace.input),
        "output": _text(trace.output),
        "metadata": dict(trace.metadata),
    }


def write_tree(spans: Sequence[Span], scores: Mapping[str, Json], organization: str) -> list[Json]:
    """Write the spans of a trace as a tree; one whose parent is not there, or is itself, stands at the top."""
    nodes: dict[str, Json] = {}
    for span in spans:
        row = write_log(span, scores.get(span.id, {}), organization)
        row |= {"input": _text(span.input), "output": _text(span.output), "end_time": row["timestamp"], "children": []}
        for id in {canonical(span.id), canonical(span.alias or span.id)}:
            nodes.setdefault(id, row)
    roots: list[Json] = []
    for span in spans:
        row = nodes[canonical(span.id)]
        parent = nodes.get(canonical(span.parent)) if span.parent else None
        (roots if parent is None or _is_above(nodes, span, row) else parent["children"]).append(row)
    return roots


def _is_above(nodes: Mapping[str, Json], span: Span, row: Json) -> bool:
    """Tell whether a span stands above its own parent: a circle, which is opened here."""
    seen: set[int] = set()
    above = nodes.get(canonical(span.parent or ""))
    while above is not None and id(above) not in seen:
        if above is row:
            return True
        seen.add(id(above))
        parent = above["span_parent_id"]
        above = nodes.get(canonical(parent)) if parent else None
    return False


def _text(document: Document) -> str | None:
    """Write an input or output as the text that the vendor's traces have."""
    if document is None or isinstance(document, str):
        return document
    return msgspec.json.encode(document).decode()


def _time(at: Instant | None) -> str | None:
    return None if at is None else microseconds_z(at)
