"""What the vendor's exporter writes into OpenTelemetry spans → spans of the core (contract respan §10.4).

Attributes of the vendor that mean what a shared convention means are renamed to it, so that one mapping
(`scorehouse.wire.semantics`) serves every dialect; those that only the vendor has go to the residue, where
logs that come as JSON keep them too.
"""

from collections.abc import Mapping
from typing import Any

from scorehouse.dialects.respan.log_reads import KINDS
from scorehouse.dialects.respan.score_fields import RESIDUE
from scorehouse.domain.frozen import replace
from scorehouse.domain.refusals import Refusal
from scorehouse.domain.traces import SpanKind, SpanSketch
from scorehouse.wire.bodies import parse
from scorehouse.wire.exported import Export, ExportedSpan
from scorehouse.wire.semantics import Sketches, document_of, sketched

RENAMED: Mapping[str, str] = {
    "respan.customer_params.customer_identifier": "user.id",
    "respan.sessions.session_identifier": "session.id",
    "respan.environment": "deployment.environment.name",
}
"""The vendor's attribute → the convention that means the same."""

RESIDUES: Mapping[str, str] = {
    "respan.entity.log_type": "log_type",
    "respan.entity.log_method": "log_method",
    "respan.span_params.custom_identifier": "custom_identifier",
    "respan.customer_params.email": "customer_email",
    "respan.customer_params.name": "customer_name",
    "respan.evaluation_params.evaluation_identifier": "evaluation_identifier",
    "respan.threads.thread_identifier": "thread_identifier",
    "respan.trace.trace_group_identifier": "trace_group_identifier",
    "respan.properties": "properties",
    "respan.prompt": "prompt",
    "traceloop.workflow.name": "span_workflow_name",
    "traceloop.entity.path": "span_path",
}
"""The vendor's attribute → member of the residue."""

ENCODED = frozenset({"traceloop.entity.input", "traceloop.entity.output"})
"""Attributes that are always JSON, also where they are only a text."""

METADATA = "respan.metadata"
KIND = "traceloop.span.kind"

THREAD = "thread_identifier"


def sketch_export(export: Export) -> Sketches:
    """Turn an export into sketches, with what only the vendor says in their residue."""
    residues: dict[tuple[str, str], dict[str, Any]] = {}
    renamed: list[ExportedSpan] = []
    for exported in export.spans:
        attributes, residue = _split(exported.attributes)
        residues[exported.trace_id, exported.span_id] = residue
        renamed.append(replace(exported, attributes=attributes))
    sketches = sketched(Export(tuple(renamed), export.faults))
    spans = tuple(_kept(span, residues.get((span.trace or "", span.id), {})) for span in sketches.spans)
    return Sketches(sketches.traces, spans, sketches.faults)


def _split(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes by the shared conventions, and the members of the residue."""
    shared: dict[str, Any] = {}
    residue: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in RESIDUES:
            residue[RESIDUES[name]] = document_of(value) if name == "respan.properties" else value
        elif name == METADATA or name.startswith(f"{METADATA}."):
            metadata |= _metadata(name.removeprefix(METADATA).removeprefix("."), document_of(value))
        else:
            shared[RENAMED.get(name, name)] = _unquoted(value) if name in ENCODED else value
    if metadata:
        told = document_of(shared.get("metadata"))
        shared["metadata"] = {**(told if isinstance(told, dict) else {}), **metadata}
    if THREAD in residue:
        shared.setdefault("session.id", residue[THREAD])
    if "log_type" not in residue and isinstance(shared.get(KIND), str):
        residue["log_type"] = shared[KIND]
    return shared, residue


def _unquoted(value: Any) -> Any:
    """Read a text that is a JSON string; anything else is left to the shared conventions."""
    if not (isinstance(value, str) and value.startswith('"')):
        return value
    try:
        return parse(value.encode())
    except Refusal:
        return value  # it only looked like JSON


def _metadata(key: str, value: Any) -> dict[str, Any]:
    """Return members of the metadata: one under its key, or all at once."""
    if key:
        return {key: value}
    return value if isinstance(value, dict) else {"metadata": value}


def _kept(span: SpanSketch, residue: Mapping[str, Any]) -> SpanSketch:
    told = residue.get("log_type")
    kind = KINDS.get(told, span.kind or SpanKind.SPAN) if isinstance(told, str) else span.kind
    return replace(span, kind=kind, residue={RESIDUE: dict(residue)} if residue else {})
