"""What their server has and this one does not speak: 501 in their shape (§3); and the names that are told (§7.4)."""

from scorehouse.dialects.pandaprobe.unserved import UNSERVED
from tests.dialects.pandaprobe.pandaprobe import BEARER, KEY, ORGANIZATION, TRACE, UNKNOWN, say
from tests.dialects.speaking import Speaker

RUNS = (("POST", ""), ("POST", "/batch"), ("GET", ""), ("GET", "/1"), ("DELETE", "/1"), ("POST", "/1/retry"))
SCORES_ANALYTICS = ("trace-scores/summary", "trace-scores/trend", "trace-scores/distribution", "session-scores/summary")
SESSIONS_ANALYTICS = ("trend", "distribution", "history/s-1", "comparison")

DATA_PLANE: list[tuple[str, str]] = [
    ("GET", "/evaluations/providers"),
    ("GET", "/evaluations/trace-runs/template?metric=coherence"),
    *((method, f"/evaluations/{kind}-runs{path}") for kind in ("trace", "session") for method, path in RUNS),
    *(("GET", f"/evaluations/{kind}-runs/1/scores") for kind in ("trace", "session")),
    *(("GET", f"/evaluations/analytics/{name}") for name in SCORES_ANALYTICS),
    *(("GET", f"/evaluations/analytics/session-scores/{name}") for name in SESSIONS_ANALYTICS),
    *((method, "/evaluations/monitors") for method in ("POST", "GET")),
    *((method, f"/evaluations/monitors/{UNKNOWN}") for method in ("GET", "PATCH", "DELETE")),
    *(("POST", f"/evaluations/monitors/{UNKNOWN}/{action}") for action in ("pause", "resume", "trigger")),
    ("GET", f"/evaluations/monitors/{UNKNOWN}/runs"),
    ("GET", "/traces/analytics"),
    ("GET", "/traces/users"),
    ("GET", "/sessions/analytics"),
]
"""As the contract lists them (§3.1, §3.2, §3.4)."""

OWN = f"/organizations/{ORGANIZATION}"

MANAGEMENT: list[tuple[str, str]] = [
    ("POST", "/organizations"),
    ("PATCH", OWN),
    ("DELETE", OWN),
    ("DELETE", f"{OWN}/projects/{UNKNOWN}"),
    ("GET", f"{OWN}/members"),
    *((method, f"{OWN}/members/{UNKNOWN}") for method in ("PATCH", "DELETE")),
    *((method, f"{OWN}/invitations") for method in ("GET", "POST")),
    ("DELETE", f"{OWN}/invitations/{UNKNOWN}"),
    ("GET", "/me/invitations"),
    *(("POST", f"/me/invitations/{UNKNOWN}/{answer}") for answer in ("accept", "decline")),
    *(("GET", f"{OWN}/subscriptions{path}") for path in ("", "/usage", "/billing", "/invoices")),
    *(("POST", f"{OWN}/subscriptions/{name}") for name in ("checkout", "portal")),
    ("GET", "/subscriptions/plans"),
    ("POST", "/webhooks/stripe"),
]
"""As the contract lists them (§3.5)."""


async def test_what_is_not_served_says_so(speaker: Speaker) -> None:
    """A detail in words, and nothing else; there is no other such route."""
    for requests, headers in ((DATA_PLANE, KEY), (MANAGEMENT, BEARER)):
        for method, path in requests:
            answer = await say(speaker, method, path, status=501, headers=headers)
            assert list(answer) == ["detail"]
            assert answer["detail"].startswith("Scorehouse does not serve ")
    assert len({*DATA_PLANE, *MANAGEMENT}) == len(UNSERVED)


async def test_names_of_metrics_are_told(speaker: Speaker) -> None:
    """By name, with their category (§3.1); scores are named after them."""
    told = {
        "trace": "argument_correctness coherence confidence plan_adherence plan_quality step_efficiency "
        "task_completion tool_correctness",
        "session": "agent_consistency agent_reliability",
    }
    for category, names in told.items():
        metrics = await say(speaker, "GET", f"/evaluations/{category}-metrics")
        assert [metric["name"] for metric in metrics] == names.split()
        assert {metric["category"] for metric in metrics} == {category}
        assert all(list(metric) == ["name", "description", "category"] and metric["description"] for metric in metrics)


async def test_a_fixed_path_is_no_id(speaker: Speaker) -> None:
    """`/traces/users` is not the trace of that name (§3.2)."""
    await say(speaker, "GET", "/traces/users", status=501)
    await say(speaker, "GET", f"/traces/{TRACE}", status=404)
