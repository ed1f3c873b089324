"""OTLP/HTTP trace ingestion, as far as all who speak it agree: an export in, an answer out.

A handler reads the export, maps its spans (with `scorehouse.wire.semantics`, or its vendor's own
attributes), anchors the sketches and answers with what was refused. The types are in
`scorehouse.wire.exported`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from scorehouse.domain.refusals import Fault, describe
from scorehouse.wire.call import Head, Reply, json_reply
from scorehouse.wire.exported import ONLY_PROPER_IDS, Export, IdRule
from scorehouse.wire.otlp_json import read_json

PROTOBUF = "application/x-protobuf"

FAULTS_DESCRIBED_MAX = 5
"""Faults told in the one sentence that an exporter logs."""


class ExportRequest(msgspec.Struct, rename="camel"):
    """What is exported, as documents describe it; the reader takes more spellings than this one."""

    resource_spans: list[dict[str, Any]] = []


class PartialSuccess(msgspec.Struct, rename="camel", omit_defaults=True, frozen=True):
    """What was refused; empty where nothing was."""

    rejected_spans: int = 0
    error_message: str = ""


class ExportAnswer(msgspec.Struct, rename="camel"):
    """The answer to an export."""

    partial_success: PartialSuccess = PartialSuccess()


def is_protobuf(head: Head) -> bool:
    """Tell whether a request says that its body is protobuf; anything else is taken for JSON."""
    return _media(head.headers) == PROTOBUF


def read_export(head: Head, body: bytes, ids: IdRule = ONLY_PROPER_IDS) -> Export:
    """Read an ExportTraceServiceRequest in the encoding that the request names.

    Spans that cannot be stored are not in the export, but each has a fault there; whether that refuses
    them alone or the whole export is the dialect's to say.

    Raises:
        Unreadable: the body is not what it claims to be.
        Invalid: it is JSON but no object, or nested too deep.
    """
    if is_protobuf(head):
        # Protobuf's library is paid for only by a process that meets it.
        from scorehouse.wire.otlp_protobuf import read_protobuf  # noqa: PLC0415 - loaded only when needed

        return read_protobuf(body, ids)
    return read_json(body, ids)


def answer_export(head: Head, faults: Sequence[Fault]) -> Reply:
    """Answer 200 in the encoding of the request, saying how many spans were refused, and why."""
    message = summary_of(faults)
    if is_protobuf(head):
        from scorehouse.wire.otlp_protobuf import write_protobuf  # noqa: PLC0415 - loaded only when needed

        return Reply(200, write_protobuf(len(faults), message), PROTOBUF)
    return json_reply(200, ExportAnswer(PartialSuccess(len(faults), message)))


def summary_of(faults: Sequence[Fault]) -> str:
    """Describe the first few faults in one line, and how many more there are; nothing for none."""
    lines = [describe(fault) for fault in faults[:FAULTS_DESCRIBED_MAX]]
    if len(faults) > len(lines):
        lines.append(f"and {len(faults) - len(lines)} more")
    return "; ".join(lines)


def _media(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
