"""What the console shows in its tests: true tasks of the simulated provider, of several endings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.system.stack import Stack, until

LABEL = "shop/summer-of-2026"
# What a stranger writes where words may stand.
HOSTILE = (
    "</textarea><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{7*7}}"
)
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/", "/failures", "/now", "/replays", "/urls", "/settings", "/settings/checks",
    "/?status=lost", "/?q=nothing-like-it", "/?when=never",
)  # fmt: skip


class Shop:
    """A stack with one task of ten images, two that were lost, for a dead link and for a page in place of an image, and one of a stranger's words."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.console = stack, str(stack.line["console"])
        url = stack.callback_url("evolink", "--label", LABEL)
        self.kept = stack.order({"model": "gpt-image-1.5", "n": 10, "size": "1024x1024"}, callback_url=url)
        self.lost = stack.order({"model": "gpt-image-2", "simulate": {"link": 404}}, callback_url=url)
        self.refused = stack.order({"model": "gpt-image-2", "simulate": {"image": "html"}}, callback_url=url)
        body = {"id": "task-hostile-1", "status": "failed", "error": {"code": HOSTILE, "message": HOSTILE}}
        assert (
            stack.post({**body, "object": "image.generation.task", "type": "image", "model": HOSTILE[:60]})
            == 202
        )
        until("the images", lambda: stack.manifest(self.kept), 60)
        until("the stranger's words", lambda: stack.manifest("task-hostile-1"), 60)
        until(
            "the dead links to be given up",
            lambda: stack.letter(self.lost) and stack.letter(self.refused),
            90,
        )

    def path(self, task_id: str) -> str:
        return f"/tasks/evolink/{task_id}"

    def forbid(self, number: int) -> None:
        """So many tasks whose links lead where nothing is fetched, given up."""
        self.stack.callback_url()
        names = [f"task-forbidden-{each:04d}" for each in range(number)]
        bodies = [
            {"id": name, "status": "completed", "results": [f"https://10.0.0.1/{name}.png"]} for name in names
        ]
        with ThreadPoolExecutor(8) as senders:
            assert {202} == set(senders.map(self.stack.post, bodies))
        until("the forbidden links to be given up", lambda: self.forbidden() == number, 90, 0.5)

    def forbidden(self) -> int:
        """How many of them are dead letters."""
        return sum("/task-forbidden-" in key for key in self.stack.keys("dead/"))
