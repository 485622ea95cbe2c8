"""The page in a real browser: it loads, is dragged, turned and shared, and complains of nothing."""

import pytest

import minimax_lab as mm
from minimax_lab.explorer.page import module, style

GAMES = ("cubic", "bilinear")
RULES = (mm.Simultaneous(0.1), mm.Extragradient(0.1))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    where = tmp_path_factory.mktemp("page") / "page.html"
    return mm.explore(list(GAMES), list(RULES)).save(where)


def opened(browser, url, complaints, **how):
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | how))
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url))
    page.goto(url)
    page.wait_for_selector(".explorer[data-shown]")
    return page


def settled(page):
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => setTimeout(go, 60)))")


def test_it_loads_and_is_dragged_turned_walked_and_shared(browser, path):
    url, complaints = path.as_uri(), []
    page = opened(browser, url, complaints)
    said = page.locator('[data-side="A"] [data-part="verdict"]')
    assert "strict local Nash" in said.inner_text()
    plane = page.locator('[data-side="A"] [data-part="over"]')
    box = plane.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25, steps=4)
    page.mouse.up()
    settled(page)
    assert abs(float(page.input_value('[data-part="startX"]')) - 2) < 0.1
    before = said.inner_text()
    slider = page.locator('[data-side="A"] [data-part="numbers"] input[type="range"]')
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    settled(page)
    assert said.inner_text() != before
    plane.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    settled(page)
    assert page.locator('[data-part="index"]').inner_text() == "update 1 of 200"
    page.locator('[data-side="A"] [data-part="mark"]').last.hover()
    assert "predicted rate" in page.locator('[data-side="A"] [data-part="mode"]').inner_text()
    page.locator('[data-side="B"] [data-part="circle"]').focus()
    page.keyboard.press("ArrowLeft")
    assert "predicted rate" in page.locator('[data-side="B"] [data-part="mode"]').inner_text()
    page.wait_for_function("location.hash.includes('index=0')")
    shared = page.evaluate("location.href")
    assert "q=" in shared and "index=0" in shared
    other = opened(browser, shared, complaints)
    assert other.input_value('[data-part="startX"]') == page.input_value('[data-part="startX"]')
    same = '[data-side="A"] [data-part="verdict"]'
    assert other.locator(same).inner_text() == page.locator(same).inner_text()
    assert {text.split("#")[0] for text in complaints} == {url}


def test_it_fits_a_phone_and_offers_what_is_shown_as_files(browser, path):
    complaints = []
    small = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    page = opened(browser, path.as_uri(), complaints, **small)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".explorer.dark").count() == 1
    with page.expect_download() as got:
        page.click('[data-part="python"]')
    text = got.value.path().read_text()
    made = {}
    exec(text.replace('jax.config.update("jax_enable_x64", True)', ""), made)
    assert made["run"].indices[-1] == 200
    with page.expect_download() as got:
        page.click('[data-part="svg"]')
    assert got.value.path().read_text().startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    unlabelled = """() => [...document.querySelectorAll(".explorer input, .explorer select")]
      .filter((one) => !one.labels.length && !one.getAttribute("aria-label")).length"""
    assert page.evaluate(unlabelled) == 0


def test_a_notebook_renders_the_same_page(browser, tmp_path):
    """The module as anywidget calls it: with a model and a place to render into."""
    bundle = mm.explore("cubic", list(RULES)).bundle
    text = module(bundle).replace("export default { render };", "")
    page, complaints = browser.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_content(f"<style>{style()}</style><div id='cell'></div>")
    page.add_script_tag(
        content=f"""(() => {{{text}
          const kept = {{ address: "" }};
          window.kept = kept;
          const model = {{ get: (name) => kept[name], set: (name, v) => (kept[name] = v),
            save_changes() {{}}, on: (name, heard) => (window.heard = heard) }};
          render({{ model, el: document.getElementById("cell") }}); }})();"""
    )
    page.wait_for_selector(".explorer[data-shown]")
    page.wait_for_function("kept.address.includes('game=cubic')")
    page.evaluate("() => { kept.address = 'game=cubic&steps=77'; heard(); }")
    page.wait_for_function("document.querySelector('[data-part=steps]').value === '77'")
    assert not complaints


def spent(page, action):
    """The milliseconds of its thread that a page works for, whoever else uses the machine."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    session.send("Performance.enable")

    def worked():
        found = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in found if one["name"] == "TaskDuration")

    before = worked()
    action()
    settled(page)
    return worked() - before


@pytest.mark.slow
def test_two_hundred_walks_are_drawn_in_time_and_particles_flow(browser, path):
    complaints = []
    page = opened(browser, path.as_uri() + "#many=true&steps=500", complaints)
    slider = page.locator('[data-side="A"] [data-part="numbers"] input[type="range"]')
    times = []
    for key in ("ArrowLeft", "ArrowRight") * 10:
        slider.press(key)
        settled(page)
        times.append(page.evaluate("+document.querySelector('.explorer').dataset.shown"))
    page.select_option('[data-part="field"]', "flow")
    counted = "+document.querySelector('.explorer').dataset.frames"
    frames = []
    for _ in range(10):
        first = page.evaluate(counted)
        used = spent(page, lambda: page.wait_for_timeout(300))
        frames.append(used / (page.evaluate(counted) - first))
    # The best of many, since others may use the machine as well; two panels.
    assert min(times) < 2 * 20, times
    assert min(frames) < 1000 / 60, frames


@pytest.mark.slow
def test_the_page_of_all_games_is_painted_within_a_second(browser, tmp_path):
    url, times = mm.explore().save(tmp_path / "page.html").as_uri(), []
    first = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    for _ in range(5):
        page = opened(browser, url, [])
        settled(page)
        times.append(page.evaluate(first))
    assert min(times) < 1000, times
