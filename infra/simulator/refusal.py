"""What the simulated provider refuses, before it is put into one provider's words."""

from __future__ import annotations


class RefusalError(Exception):
    """A request is refused: HTTP status, the provider's error code, a sentence, the field it is about."""

    def __init__(self, status: int, code: str, text: str, param: str | None = None) -> None:
        """Keep the four parts; `text` is what `str()` gives."""
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.param = param


def bad_field(param: str, text: str) -> RefusalError:
    """Make the refusal of one field: 400, `invalid_parameters`."""
    return RefusalError(400, "invalid_parameters", f"{param}: {text}", param)
