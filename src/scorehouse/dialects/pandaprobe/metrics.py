"""The names of their evaluators' metrics (contract pandaprobe §7.4), after which scores are named; none is run here."""

from scorehouse.dialects.pandaprobe.answers import Metric
from scorehouse.wire.call import Call, Reply, json_reply

TRACE_METRICS = (
    ("argument_correctness", "Whether tools were called with the right arguments."),
    ("coherence", "Whether the steps of the trace follow from each other."),
    ("confidence", "How sure the agent may be of its result."),
    ("plan_adherence", "Whether the agent did what it planned."),
    ("plan_quality", "Whether the plan was complete and sensible."),
    ("step_efficiency", "Whether the task took no needless steps."),
    ("task_completion", "Whether the task was accomplished."),
    ("tool_correctness", "Whether the right tools were called."),
)
SESSION_METRICS = (
    ("agent_consistency", "How evenly the agent behaved over the traces of the session."),
    ("agent_reliability", "How seldom a trace of the session was at risk."),
)


async def list_trace_metrics(call: Call) -> Reply:
    """List the metrics of traces, by name."""
    return json_reply(200, _written(TRACE_METRICS, "trace"))


async def list_session_metrics(call: Call) -> Reply:
    """List the metrics of sessions, by name."""
    return json_reply(200, _written(SESSION_METRICS, "session"))


def _written(metrics: tuple[tuple[str, str], ...], category: str) -> list[Metric]:
    return [Metric(name=name, description=description, category=category) for name, description in metrics]
