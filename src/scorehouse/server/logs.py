"""Structured log lines on standard error: JSON for machines, text for people.

What the libraries say through the standard library's logging comes out in the same form. No line holds a
key: request lines have the path, not the query and not the headers, and tracebacks come without the values
of variables.
"""

import logging
import sys
from typing import Any

import structlog

from scorehouse.settings import LogFormat, Logs

Processors = list[Any]

CHATTY = ("uvicorn.error", "alembic")
"""Libraries that say at level info what the command line says already, or nobody asked."""


def configure(settings: Logs) -> None:
    """Send all log lines of the process to standard error, from the level on that the settings say."""
    shared: Processors = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_written(settings.log_format)],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _written(form: LogFormat) -> Processors:
    if form is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
