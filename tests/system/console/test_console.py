"""The console as people meet it: one stack, one browser, true tasks of the simulated provider."""

from __future__ import annotations

import hashlib
import signal
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.system.console.another import another, go_along
from tests.system.console.browser import PATIENCE_MS, link_of, mistakes, saved, signed_in, violations
from tests.system.console.shop import PAGES, PHONE, Shop
from tests.system.console.zipped import unpacked


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
                if scheme == "light":  # what is served is the same to all
                    said = page.request.get(shop.console + path).text()
                    found += [f"{path}: {mistake}" for mistake in mistakes(said)]
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{path} is {wide} wide on {width}"] if wide > width else []
                assert "owned" not in page.title()
    assert not found, "\n".join(found)


def test_a_strangers_words_are_shown_as_words(page: Page, shop: Shop) -> None:
    page.goto(shop.console + shop.path("task-hostile-1"))

    expect(page.locator("main")).to_contain_text("<script>")
    expect(page.locator("main")).to_contain_text("{{7*7}}")
    assert page.evaluate("document.querySelectorAll('main script, main img[onerror]').length") == 0


def test_one_without_script_on_a_phone_reads_filters_selects_and_looks_at_a_replay(
    browser: Browser, shop: Shop
) -> None:
    with signed_in(browser, shop.stack, java_script_enabled=False, viewport=PHONE) as page:
        expect(page.get_by_role("searchbox")).to_be_visible()
        expect(page.get_by_role("textbox", name="Label")).to_be_hidden()
        page.get_by_text("More filters").click()
        page.get_by_role("textbox", name="Label").fill("shop/*")
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_text("1 in use")).to_be_visible()
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
    images, told = unpacked(saved(download.value))

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
    body = saved(download.value)
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
        (each["who"], each["why"]) for each in shop.stack.manifest(shop.lost)["replays"]
    ]


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


def test_three_hundred_are_replayed_with_the_page_closed_and_what_is_left_is_cancelled(
    page: Page, shop: Shop
) -> None:
    shop.forbid(300)
    page.goto(f"{shop.console}/failures?host=10.0.0.1")
    page.get_by_role("button", name="Replay all 300 forbidden_source").click()
    page.get_by_role("button", name="Replay 300").click()
    address = page.url
    page.close()
    with page.context.new_page() as again:
        again.goto(address)
        expect(again.get_by_text("300 tasks")).to_be_visible()
        expect(again.get_by_role("progressbar")).to_have_attribute("max", "300")
        again.get_by_role("button", name="Cancel what is left").click()
        expect(again.get_by_text("Cancelled by you")).to_be_visible()
        expect(again.get_by_text("0 under way")).to_be_visible(timeout=PATIENCE_MS)
    assert shop.forbidden() == 300


def test_a_session_that_ended_is_said_and_nothing_is_done(page: Page, shop: Shop) -> None:
    page.goto(shop.console + shop.path(shop.refused))
    with page.context.new_page() as looking:
        looking.goto(f"{shop.console}/failures?label=shop/*")
        page.get_by_role("button", name="Dismiss").click()
        page.get_by_role("textbox").fill("nobody needs it")
        page.context.clear_cookies()
        page.get_by_role("button", name="Dismiss 1").click()
        expect(page.get_by_role("alert")).to_contain_text("Your session had ended, and nothing was done.")
        assert not shop.stack.letter(shop.refused).get("dismissals")
        expect(looking.get_by_text("Your session has ended.")).to_be_visible()
        expect(looking.get_by_text("The console cannot be reached.")).to_be_hidden()
        looking.get_by_role("link", name="Sign in").click()
        expect(looking.get_by_role("heading", name="Sign in")).to_be_visible()
        assert looking.url.endswith("/sign-in?next=%2Ffailures%3Flabel%3Dshop%2F%2A"), looking.url


def test_another_first_key_ends_the_sessions_of_the_old_one(page: Page, shop: Shop, tmp_path: Path) -> None:
    keys = f"new:{'A' * 43},{shop.stack.line['env']['TICKET_KEYS']}"
    with another(shop.stack, tmp_path, TICKET_KEYS=keys) as address:
        cookie = go_along(page, address)
        body = f"name=evolink/{shop.refused}&why=nobody"
        headers = {"Origin": address, "Content-Type": "application/x-www-form-urlencoded", **cookie}
        ask, path = shop.stack.http.request, f"{address}/dismissals"
        post = ask("POST", path, body=body, headers=headers, redirect=False)

        assert (303, "/sign-in?ended=1") == (post.status, post.headers["Location"])
        assert not shop.stack.letter(shop.refused).get("dismissals")
        page.goto(f"{address}/failures")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_presigned_originals_come_from_the_store_for_minutes_and_to_who_is_signed_in(
    page: Page, shop: Shop, tmp_path: Path
) -> None:
    kept = shop.stack.manifest(shop.kept)["assets"][0]
    with another(shop.stack, tmp_path, CONSOLE_PRESIGN="true") as address:
        cookie = go_along(page, address)
        page.goto(f"{address}/pictures/evolink/{shop.kept}/0")
        image = page.locator(".stage img")
        expect(image).to_have_js_property("naturalWidth", kept["width"])
        original = address + str(image.get_attribute("src"))
        ask = shop.stack.http.request
        link = ask("GET", original, headers=cookie, redirect=False).headers["Location"]
        there = ask("GET", link)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download original").click()
        body = saved(download.value)

        assert link.startswith(shop.stack.line["s3"]["endpoint"])
        assert "X-Amz-Expires=600" in link
        assert (200, "image/png") == (there.status, there.headers["Content-Type"])
        assert [kept["sha256"]] * 2 == [hashlib.sha256(each).hexdigest() for each in (there.data, body)]
        assert download.value.url.startswith(address)
        assert 303 == ask("GET", original, redirect=False).status


def test_refused_bytes_are_saved_and_never_shown(page: Page, shop: Shop) -> None:
    page.goto(shop.console + shop.path(shop.refused))
    expect(page.locator("main")).to_contain_text("not_an_image")
    with page.expect_download() as download:
        page.get_by_role("link", name="refused bytes").click()
    body = saved(download.value)
    answer = page.request.get(download.value.url)
    told = answer.headers
    [lost] = shop.stack.letter(shop.refused)["lost"]

    assert f"{shop.refused}_00.refused.bin" == download.value.suggested_filename
    assert body.lower().startswith(b"<!doctype html>")
    assert body == shop.stack.read(lost["refused_key"]) == answer.body()
    assert ("application/octet-stream", "nosniff") == (told["content-type"], told["x-content-type-options"])
    assert told["content-disposition"].startswith("attachment; filename=")
    assert "default-src 'none'; sandbox" == told["content-security-policy"]
    others = (f"{shop.refused}/1", f"{shop.refused}/00", f"{shop.lost}/0", f"{shop.kept}/0", "..%2f..%2fdead/0")  # fmt: skip
    for other in others:
        assert page.request.get(f"{shop.console}/refused/evolink/{other}").status in {400, 404}, other
    assert 303 == shop.stack.http.request("GET", download.value.url, redirect=False).status
