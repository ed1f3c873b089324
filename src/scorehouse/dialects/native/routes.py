"""The table of the native dialect, and the dialect itself."""

from scorehouse.dialects.native import scores
from scorehouse.dialects.native.auth import SPELLING, paste, read_credential
from scorehouse.dialects.native.errors import refuse
from scorehouse.dialects.native.shapes import (
    NewScore,
    NewScores,
    ScoreChange,
    ScorePage,
    ScoreResults,
    ScoreShape,
    WindowQuery,
)
from scorehouse.domain.access import Permission
from scorehouse.storage.queries import EVERYTHING
from scorehouse.wire.dialect import Dialect, Edition
from scorehouse.wire.route import BATCH, Route

SCORES = (
    Route(
        method="POST",
        path="/v1/scores",
        handler=scores.create_score,
        permission=Permission.WRITE_SCORES,
        summary="Record a score",
        body=NewScore,
        replies={201: ScoreShape, 200: ScoreShape},
    ),
    Route(
        method="POST",
        path="/v1/scores/batch",
        handler=scores.create_scores,
        permission=Permission.WRITE_SCORES,
        summary="Record up to 1,000 scores, each accepted or refused by itself",
        body=NewScores,
        replies={200: ScoreResults, 207: ScoreResults},
        limits=BATCH,
    ),
    Route(
        method="GET",
        path="/v1/scores",
        handler=scores.list_scores,
        permission=Permission.READ,
        summary="List scores",
        query=WindowQuery,
        replies={200: ScorePage},
    ),
    Route(
        method="GET",
        path="/v1/scores/{id}",
        handler=scores.read_score,
        permission=Permission.READ,
        summary="Read a score",
        replies={200: ScoreShape},
    ),
    Route(
        method="PATCH",
        path="/v1/scores/{id}",
        handler=scores.change_score,
        permission=Permission.WRITE_SCORES,
        summary="Change a score: absent members are kept, null clears",
        body=ScoreChange,
        replies={200: ScoreShape},
    ),
    Route(
        method="DELETE",
        path="/v1/scores/{id}",
        handler=scores.delete_score,
        permission=Permission.WRITE_SCORES,
        summary="Delete a score; its history stays",
        replies={204: None},
    ),
)

DIALECT = Dialect(
    name="native",
    title="Scorehouse",
    editions=(Edition("native", "Scorehouse", SPELLING, paste),),
    routes=SCORES,
    territory=("/v1",),
    credential=read_credential,
    refuse=refuse,
    losses=frozenset(),
    speakable=EVERYTHING,
)
