"""The voices: one module a dialect, each with its VOICES; a new dialect brings one and edits nothing else."""

from importlib import import_module
from pathlib import Path

from tests.matrix.voice import Voice

VOICES: tuple[Voice, ...] = tuple(
    voice
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    for voice in import_module(f"{__name__}.{path.stem}").VOICES
)
"""Every voice, an edition each."""

NATIVE = next(voice for voice in VOICES if voice.edition == "native")
"""Who can say everything."""
