"""Which function performs which verb: the whole of what this engine can do."""

from collections.abc import Mapping
from typing import Any

from scorehouse.engines.sql.verbs import access, registry, retention, scores, traces
from scorehouse.engines.sql.writer import Performer
from scorehouse.storage import verbs

PERFORMERS: Mapping[type[verbs.Verb[Any]], Performer] = {
    verbs.RecordScores: scores.record,
    verbs.ReviseScore: scores.revise,
    verbs.ForgetScore: scores.forget,
    verbs.Anchor: traces.anchor,
    verbs.ReviseTrace: traces.revise_trace,
    verbs.ReviseSpan: traces.revise_span,
    verbs.RetagTraces: traces.retag,
    verbs.ForgetTraces: traces.forget,
    verbs.SetRetention: retention.set_retention,
    verbs.RemoveAged: retention.remove_aged,
    verbs.PutConfig: registry.put_config,
    verbs.PutEvaluator: registry.put_evaluator,
    verbs.ReviseEvaluator: registry.revise_evaluator,
    verbs.OpenProject: access.open_project,
    verbs.CreateKey: access.create_key,
    verbs.RevokeKey: access.revoke_key,
    verbs.RemoveKey: access.remove_key,
    verbs.IssueVoucher: access.issue_voucher,
    verbs.RedeemVoucher: access.redeem_voucher,
    verbs.ReviseProject: access.revise_project,
}
