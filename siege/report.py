"""What a siege reports: figures, and claims that held or did not."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """What a siege has seen.

    Attributes:
        figures: what was measured, in the order of interest.
        broken: the claims that did not hold; none means that the siege was withstood.
    """

    figures: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Tell whether everything held."""
        return not self.broken

    def figure(self, text: str) -> None:
        """Note a figure, and show it at once."""
        self.figures.append(text)
        print(f"  {text}", flush=True)

    def claim(self, holds: bool, text: str) -> None:
        """Note a claim that has to hold."""
        if not holds:
            self.broken.append(text)
            print(f"  BROKEN: {text}", flush=True)
