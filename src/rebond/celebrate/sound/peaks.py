"""The outline of a sound: lowest and highest of each stretch, in memory that does not grow with its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Pairs at most; samples in a stretch to begin with.
PAIRS, FIRST = 4_000, 256


class Outline:
    """Takes samples as they come. Whenever there are too many stretches, each two become one, twice as wide."""

    def __init__(self, width: int = FIRST, pairs: int = PAIRS) -> None:
        self.width, self.pairs = width, pairs
        self.low: list[float] = []
        self.high: list[float] = []
        self.inside = 0
        self._low, self._high = 1.0, -1.0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Samples of one channel, -1 to 1, in order."""
        begin = self._fill(samples)
        whole = (len(samples) - begin) // self.width
        if whole:
            block = samples[begin : begin + whole * self.width].reshape(whole, self.width)
            self.low.extend(block.min(1).tolist())
            self.high.extend(block.max(1).tolist())
        self._fill(samples[begin + whole * self.width :])
        while len(self.low) > 2 * self.pairs:
            self._halve()

    def _fill(self, samples: NDArray[np.float32]) -> int:
        """Adds to the stretch that is begun, or begins one; how many samples it took."""
        if not self.inside and len(samples) >= self.width:
            return 0
        part = samples[: self.width - self.inside]
        if len(part):
            self._low, self._high = min(self._low, float(part.min())), max(self._high, float(part.max()))
            self.inside += len(part)
        if self.inside == self.width:
            self._close()
        return len(part)

    def _close(self) -> None:
        self.low.append(self._low)
        self.high.append(self._high)
        self.inside, self._low, self._high = 0, 1.0, -1.0

    def _halve(self) -> None:
        """An odd one at the end goes into the stretch that is begun."""
        if len(self.low) % 2:
            self._low, self._high = min(self._low, self.low.pop()), max(self._high, self.high.pop())
            self.inside += self.width
        self.low = [min(pair) for pair in zip(self.low[::2], self.low[1::2], strict=True)]
        self.high = [max(pair) for pair in zip(self.high[::2], self.high[1::2], strict=True)]
        self.width *= 2

    def done(self) -> list[int]:
        """Lowest and highest by turns, -127 to 127, at most ``pairs`` pairs."""
        if self.inside:
            self._close()
        while len(self.low) > self.pairs:
            if len(self.low) % 2:
                self.low.append(self.low[-1])
                self.high.append(self.high[-1])
            self._halve()
        return [_small(value) for pair in zip(self.low, self.high, strict=True) for value in pair]


def _small(value: float) -> int:
    """One byte's worth.

    >>> _small(0.5), _small(-1.2), _small(float("nan"))
    (64, -127, 0)
    """
    return round(max(-1.0, min(1.0, value)) * 127) if value == value else 0  # noqa: PLR0124 (NaN)
