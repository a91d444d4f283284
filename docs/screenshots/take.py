"""Takes the console's screenshots anew: everything runs here, the samples are told, Chromium looks at them.

`make screenshots`. Needs what the demo needs, and Chromium on the path. The pictures differ a little from run to run,
since they show what is live at that moment; what they show of it is real.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from warmline.contracts.topics import AGENT_WELLBEING
from warmline.contracts.wellbeing import WellbeingSignal
from warmline.gateway.keys import new_key, write_keys
from warmline.local.broker import open_broker
from warmline.local.demo_replay import Replay
from warmline.local.demo_story import Story, load_story
from warmline.local.follow import Follower
from warmline.local.ports import LOOPBACK, free_ports
from warmline.local.stack import Stack
from warmline.local.valkey import ValkeyServer
from warmline.policy.load import load_policy
from warmline.services import SERVICES
from warmline.settings import Secret, Settings

FOLDER = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SPEED = 24.0  # all samples in two minutes; several conversations are under way when the picture is taken
PARTITIONS = 4
COLOURS = 128  # a page has few: a palette makes a picture a third as large
DESK, PHONE = {"width": 1180, "height": 800}, {"width": 390, "height": 780}
PATIENCE_MS = 240_000
SIGNAL_S = 240.0
SILENCE_S = 8.0
TEAM = "north"
FEWEST = 3  # of a team in the samples


@contextmanager
def running(story: Story) -> Iterator[tuple[str, Settings, dict[str, str]]]:
    """Give the gateway's address, how to reach the broker, and a key by holder."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="warmline-screens-")))
        broker = parts.enter_context(open_broker("auto"))
        store = parts.enter_context(ValkeyServer())
        (port,) = free_ports(1)
        agents = sorted(story.agents)
        holders = {"supervisor": (("read", "feedback"), None), **{agent: (("agent:self",), agent) for agent in agents}}
        made = {name: new_key(name, scopes, "pictures", agent) for name, (scopes, agent) in holders.items()}
        write_keys(folder / "keys.json", [kept for _, kept in made.values()])
        policy = {"gateway": {"quote_words": True, "group_min_agents": FEWEST, "teams": {TEAM: agents}}}
        (folder / "policy.yaml").write_text(yaml.safe_dump(policy), encoding="utf-8")
        extra = ",".join(f"{name}={value}" for name, value in broker.consumer_settings.items())
        settings = {
            "policy_file": str(folder / "policy.yaml"),
            "gateway_listen": f"{LOOPBACK}:{port}",
            "gateway_keys_file": str(folder / "keys.json"),
            "gateway_key_pepper": "pictures",
            **({"kafka_extra": extra} if extra else {}),
        }
        stack = Stack(broker.bootstrap, store.url, folder, settings)
        parts.callback(stack.stop)
        stack.create_topics(PARTITIONS)
        stack.start_all([*SERVICES, "gateway"], on_ready=lambda name: print(f"{name} is ready"))  # noqa: T201
        client = Settings(kafka_brokers=broker.bootstrap, redis_url=Secret(store.url), kafka_extra=extra)
        yield f"http://{LOOPBACK}:{port}", client, {name: shown for name, (shown, _) in made.items()}


def signed_in(browser: Browser, url: str, key: str, scheme: str, size: dict[str, int]) -> Page:
    """Open the console as the holder of a key."""
    page = browser.new_context(color_scheme=scheme, viewport=size, locale="en-GB").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}/")
    page.fill("#key", key)
    page.press("#key", "Enter")
    page.locator("#sign-out").wait_for()
    return page


def keep(page: Page, name: str) -> None:
    """Take a picture of what the window shows, and make it small."""
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KB")  # noqa: T201


def take(browser: Browser, story: Story) -> None:
    """Tell the samples and take every picture."""
    lateness_s = load_policy(None).wellbeing.lateness_s
    with running(story) as (url, settings, keys), ExitStack() as ends:
        signals = Follower(settings, [AGENT_WELLBEING])
        ends.callback(signals.close)
        replay = Replay(settings, story.dated(time.time_ns() // 1_000_000, SPEED, lateness_s), SPEED)
        ends.callback(replay.stop)
        replay.start()
        desk = signed_in(browser, url, keys["supervisor"], "light", DESK)
        phone = signed_in(browser, url, keys["supervisor"], "dark", PHONE)
        desk.locator(".row[data-severity=critical][data-ended=false] .moments.open").first.wait_for()
        desk.locator(".row summary").first.click()
        desk.locator(".evidence li").first.wait_for()
        keep(desk, "supervisor")
        keep(phone, "supervisor-phone-dark")
        desk.locator(".row h2 a").first.click()
        desk.locator(".turn .moment").first.wait_for()
        keep(desk, "conversation")
        while not replay.done:
            replay.check()
            time.sleep(1)
        replay.send(replay.story.shift_end(lateness_s))
        desk.goto(f"{url}/console/#/team/{TEAM}")
        desk.locator(".bands").wait_for()
        keep(desk, "team")
        agent = agent_spoken_of(signals)
        own = signed_in(browser, url, keys[agent], "light", DESK)
        own.locator(".good-first li").wait_for()
        keep(own, "my-day")


def agent_spoken_of(signals: Follower) -> str:
    """Return the agent about whom wellbeing has most to say, once it has spoken and fallen silent."""
    newest: dict[str, WellbeingSignal] = {}
    until = time.monotonic() + SIGNAL_S
    while time.monotonic() < until:
        heard = [each.event for each in signals.read(SILENCE_S) if isinstance(each.event, WellbeingSignal)]
        newest |= {signal.agent_id: signal for signal in heard}
        if newest and not heard:
            return max(newest.values(), key=lambda signal: (len(signal.because), signal.acute)).agent_id
    sys.exit("wellbeing has said nothing in time; try again")


def main() -> None:
    """Find a browser and take the pictures."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit("needs Chromium on the path (Debian: apt-get install chromium)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=OPTIONS)
        take(browser, load_story(None))
        browser.close()


if __name__ == "__main__":
    main()
