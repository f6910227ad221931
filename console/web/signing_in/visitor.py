"""Who asks, and what they may do."""

from __future__ import annotations

from typing import Literal, NamedTuple

from starlette.requests import Request

from runtime.settings.people import PersonRole


class Visitor(NamedTuple):
    """Who is signed in, in which role, and by which way: a password, a link, or a proxy's word."""

    name: str
    role: PersonRole
    by: Literal["password", "link", "proxy"]

    @property
    def may_act(self) -> bool:
        """Whether they may replay, dismiss and mint."""
        return self.role == "operator"


def visitor_of(request: Request) -> Visitor | None:
    """Who asks, as `Visitors` found out."""
    visitor: Visitor | None = request.scope.get("visitor")
    return visitor
