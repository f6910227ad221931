"""The console as people meet it: one stack, one browser, true tasks of the simulated provider."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.system.console.browser import PATIENCE_MS, link_of, mistakes, signed_in, started, violations
from tests.system.stack import Stack, running, until

LABEL = "shop/summer-of-2026"
# What a stranger writes where words may stand.
HOSTILE = (
    "</textarea><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{7*7}}"
)
PAGES = (
    "/", "/failures", "/now", "/replays", "/urls", "/settings", "/settings/checks",
    "/?status=lost", "/?q=nothing-like-it", "/?when=never",
)  # fmt: skip
# viewer, `correct horse`: made by `fixative user`.
VERA = "vera:viewer:argon2id.v=19.m=65536,t=3,p=4.ZN33AbKCIF3wT6DoZed7+A.75MLgNqYPLmuNxyMNKiMN/7bHPTZIq1+zNCT/yfltJI"


class Shop:
    """A stack with one task of ten images, one that was lost for its dead link, and one of a stranger's words."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.console = stack, str(stack.line["console"])
        url = stack.callback_url("evolink", "--label", LABEL)
        self.kept = stack.order({"model": "gpt-image-1.5", "n": 10, "size": "1024x1024"}, callback_url=url)
        self.lost = stack.order({"model": "gpt-image-2", "simulate": {"link": 404}}, callback_url=url)
        body = {"id": "task-hostile-1", "status": "failed", "error": {"code": HOSTILE, "message": HOSTILE}}
        assert (
            stack.post({**body, "object": "image.generation.task", "type": "image", "model": HOSTILE[:60]})
            == 202
        )
        until("the images", lambda: stack.manifest(self.kept), 60)
        until("the stranger's words", lambda: stack.manifest("task-hostile-1"), 60)
        until("the dead link to be given up", lambda: stack.letter(self.lost), 90)

    def path(self, task_id: str) -> str:
        return f"/tasks/evolink/{task_id}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    waits = {
        "RETRY_FIRST_S": "2",
        "SWEEP_IDLE_S": "2",
        "SWEEP_BUSY_S": "1",
        "CONSOLE_USERS": VERA,
        "S3_READ_S": "3",
    }
    with running(tmp_path_factory.mktemp("console"), "--link-life-s", "15", environment=waits) as stack:
        yield Shop(stack)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    with signed_in(browser, shop.stack) as page:
        yield page


def test_what_everybody_meets_is_valid_and_open_to_all(browser: Browser, shop: Shop) -> None:
    found: list[str] = []
    for scheme, width in (("light", 1440), ("dark", 390)):
        with signed_in(
            browser, shop.stack, bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        ) as page:  # fmt: skip
            for path in (*PAGES, shop.path(shop.kept), shop.path(shop.lost), shop.path("task-hostile-1"),
                         f"/pictures/evolink/{shop.kept}/0", "/tasks/evolink/task-none-of-it"):  # fmt: skip
                page.goto(shop.console + path)
                found += violations(page)
                found += [
                    f"{path}: {mistake}" for mistake in mistakes(page.request.get(shop.console + path).text())
                ]
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{path} is {wide} wide on {width}"] if wide > width else []
                assert "owned" not in page.title()
    assert not found, "\n".join(found)


def test_a_strangers_words_are_shown_as_words(page: Page, shop: Shop) -> None:
    page.goto(shop.console + shop.path("task-hostile-1"))

    expect(page.locator("main")).to_contain_text("<script>")
    expect(page.locator("main")).to_contain_text("{{7*7}}")
    assert page.evaluate("document.querySelectorAll('main script, main img[onerror]').length") == 0


def test_one_without_script_reads_filters_selects_and_looks_at_a_replay(browser: Browser, shop: Shop) -> None:
    with signed_in(browser, shop.stack, java_script_enabled=False) as page:
        page.get_by_role("textbox", name="Label").fill("shop/*")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator('.tile a[href$="task-hostile-1"]')).to_have_count(0)
        page.locator(f'.tile a[href$="{shop.kept}"]').click()
        expect(page.get_by_role("heading", name=shop.kept)).to_be_visible()
        page.goto(f"{shop.console}/failures")
        page.get_by_role("checkbox", name=f"Select evolink/{shop.lost}").check()
        page.get_by_role("group", name="Selected").get_by_role("button", name="Replay").click()
        expect(page.get_by_role("heading", name="Replay 1 dead letter?")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_thumbnails_come_by_themselves_and_stay(page: Page, shop: Shop) -> None:
    image = page.locator(f'.tile a[href$="{shop.kept}"] img')
    expect(image).to_have_js_property("naturalWidth", 480, timeout=PATIENCE_MS)
    path = str(image.get_attribute("src"))
    there = page.request.get(shop.console + path)
    none = path.replace(path.split("/")[2], "0" * 64)
    unmade = page.request.get(shop.console + none)
    elsewhere = (none.replace("0" * 64, "x" * 64), none.replace(none.rpartition("/")[2], "manifest.json"),
                 none.replace("evolink", "..%2f.."), none.replace(shop.kept, "..%2f..%2fdue%2fx"))  # fmt: skip

    assert (there.status, there.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in there.headers["cache-control"]
    assert there.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in there.headers["content-security-policy"]
    told = unmade.headers
    assert (unmade.status, told["retry-after"], told["cache-control"]) == (404, "1", "no-store")
    assert {page.request.get(shop.console + other).status for other in elsewhere} <= {400, 404}


def test_a_picture_opens_by_the_keyboard_and_a_zip_holds_what_was_served(page: Page, shop: Shop) -> None:
    tile = page.locator(f'.tile a[href$="{shop.kept}"]')
    tile.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("image 1 of 10")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog")).to_contain_text("image 2 of 10")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tile).to_be_focused()
    page.locator(f'input[value="evolink/{shop.kept}"]').check(force=True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download ZIP").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        images = {
            hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name.endswith(".png")
        }
        told = [json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")]

    assert {link["sha256"] for link in shop.stack.simulated(shop.kept)["links"]} == images
    assert [shop.kept] * 10 == [each["task_id"] for each in told]


def test_the_newcomers_walk(page: Page, shop: Shop) -> None:
    """Find the failed image, see why, replay it, see it arrive without a reload, download it, mint a URL."""
    page.get_by_role("link", name="Failures").click()
    row = page.get_by_role("row").filter(has_text=shop.lost)
    expect(page.locator("details.group").filter(has_text=shop.lost)).to_contain_text("Replay it")
    shop.stack.heal(shop.lost)
    row.get_by_role("checkbox").check()
    page.get_by_role("group", name="Selected").get_by_role("button", name="Replay").click()
    page.get_by_role("textbox", name="Why").fill("links answer again")
    page.get_by_role("button", name="Replay 1").click()
    expect(page.get_by_text("1 of 1 settled")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name=f"evolink/{shop.lost}").click()
    expect(page.get_by_text("Replayed by you")).to_be_visible()
    page.locator(".tile a").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download original").click()
    body = Path(download.value.path()).read_bytes()
    assert shop.stack.simulated(shop.lost)["links"][0]["sha256"] == hashlib.sha256(body).hexdigest()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Callback URLs").click()
    page.get_by_role("combobox", name="Size or ratio").select_option("1024x1024")
    page.get_by_role("button", name="Mint callback URL").click()
    minted = page.locator("#url").inner_text()
    assert shop.stack.post({"id": "task-minted-1", "status": "failed", "error": {"code": "x"}}, minted) == 202
    page.get_by_role("button", name="Send a test callback").click()
    expect(page.get_by_text("Kept: the way works")).to_be_visible(timeout=PATIENCE_MS)
    assert [("you", "links answer again")] == [
        (each["who"], each["why"]) for each in _manifest(shop)["replays"]
    ]


def _manifest(shop: Shop) -> Any:
    return shop.stack.manifest(shop.lost)


def test_who_may_only_look_is_offered_nothing_else_and_refused_if_they_ask(
    browser: Browser, shop: Shop
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{shop.console}/failures")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill("correct horse")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Failures")).to_be_visible()
        expect(page.get_by_role("button", name="Replay")).to_have_count(0)
        for path in ("/replays", "/replays/look", "/dismissals", "/dismissals/look", "/urls", "/urls/trials"):
            answer = context.request.post(
                shop.console + path, form={"all": "yes"}, headers={"Origin": shop.console}
            )
            assert (path, 403) == (path, answer.status)
        assert context.request.get(f"{shop.console}/urls").ok


def test_strangers_and_other_origins_get_nothing(page: Page, shop: Shop) -> None:
    link = link_of(shop.stack)
    ask = shop.stack.http.request
    cookies = {"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())}

    assert 303 == ask("GET", link, redirect=False).status
    assert 403 == ask("GET", link, redirect=False).status
    assert 421 == ask("GET", shop.console, headers={"Host": "evil.example", **cookies}, redirect=False).status
    for origin in ("http://evil.example", "null", shop.stack.line["simulator"]):
        headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded", **cookies}
        answer = ask(
            "POST", f"{shop.console}/dismissals", body="all=yes&why=x", headers=headers, redirect=False
        )
        assert (origin, 403) == (origin, answer.status)
    for path in ("/tasks/evolink/..%2f..%2fmanifest.json", "/originals/evolink/x/..%2f..%2fmanifest.json",
                 f"/originals/evolink/{shop.kept}/manifest.json", "/letters/orders/evolink/x.json", "/static/..%2fapp.py"):  # fmt: skip
        assert ask("GET", shop.console + path, headers=cookies, redirect=False).status in {400, 404}
    image = shop.stack.manifest(shop.kept)["assets"][0]["key"].rpartition("/")[2]
    original = f"{shop.console}/originals/evolink/{shop.kept}/{image}"
    part = ask("GET", original, headers={"Range": "bytes=0-7", **cookies})
    assert (206, b"\x89PNG\r\n\x1a\n") == (part.status, part.data)
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert "nosniff" == part.headers["X-Content-Type-Options"]
    assert 401 == ask("GET", original, headers={"Accept": "image/webp"}, redirect=False).status


def test_redis_or_s3_away_is_said_and_passes(page: Page, shop: Shop) -> None:
    shop.stack.signal("redis", signal.SIGSTOP)
    try:
        page.goto(f"{shop.console}/now")
        expect(page.locator(".figure").filter(has_text="Redis")).to_contain_text("away")
        page.get_by_role("link", name="Gallery").click()
        expect(page.locator(f'.tile a[href$="{shop.kept}"]')).to_be_visible()
    finally:
        shop.stack.signal("redis", signal.SIGCONT)
    shop.stack.signal("s3", signal.SIGSTOP)
    try:
        page.goto(shop.console + shop.path(shop.kept))
        expect(page.get_by_role("heading", name="The store does not answer")).to_be_visible()
    finally:
        shop.stack.signal("s3", signal.SIGCONT)
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("heading", name=shop.kept)).to_be_visible()


def test_many_are_replayed_with_the_page_closed_and_what_is_left_is_cancelled(page: Page, shop: Shop) -> None:
    for number in range(60):
        body = {
            "id": f"task-many-{number:04d}",
            "status": "completed",
            "results": [f"https://10.0.0.1/{number}.png"],
        }
        assert shop.stack.post(body) == 202
    until("the forbidden links to be given up", lambda: len(shop.stack.keys("dead/")) >= 60, 90)
    page.goto(f"{shop.console}/failures?reason=forbidden_source")
    page.get_by_role("button", name="Replay all 60 forbidden_source").click()
    page.get_by_role("button", name="Replay 60").click()
    address = page.url
    page.close()
    with page.context.new_page() as again:
        again.goto(address)
        expect(again.get_by_text("60 tasks")).to_be_visible()
        again.get_by_role("button", name="Cancel what is left").click()
        expect(again.get_by_text("Cancelled by you")).to_be_visible()
        expect(again.get_by_text("0 under way")).to_be_visible(timeout=PATIENCE_MS)
    assert 60 <= len(shop.stack.keys("dead/"))
