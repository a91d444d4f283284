"""The vendors' pages and the code say the same."""

import re
from pathlib import Path

import pytest

from tests.unit.adapters.payloads import turns
from warmline.adapters.adapter_settings import load_adapter_settings
from warmline.adapters.registry import VENDORS

PAGES = Path(__file__).parents[2] / "docs" / "vendors"
SETTINGS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in sorted(PAGES.glob("*.md"))
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
]


def loaded(block, folder):
    file = folder / "adapters.yaml"
    file.write_text(block, encoding="utf-8")
    return load_adapter_settings(file)


def test_every_vendor_has_a_page_that_says_what_was_not_verified():
    assert {page.stem for page in PAGES.glob("*.md")} == {*VENDORS, "README"}
    for vendor in set(VENDORS) - {"generic"}:
        page = (PAGES / f"{vendor}.md").read_text(encoding="utf-8")
        assert re.search(r"^## Not verified", page, re.MULTILINE), vendor
        assert re.search(r"^## Signatures", page, re.MULTILINE), vendor


def test_the_overview_leads_to_every_page():
    overview = (PAGES / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((.*?)\)", overview)) == {f"{vendor}.md" for vendor in VENDORS}


@pytest.mark.parametrize("block", SETTINGS)
def test_settings_on_the_pages_are_settings(block, tmp_path):
    loaded(block, tmp_path)


def event(kind, words):
    who = {"originatorId": "o", "originatorMetadata": {"role": "ASSIGNED_AGENT"}, "serverTimestamp": 1_740_823_200_000}
    said = {"type": kind, "message": words}
    return {"sequence": 1, "conversationId": "c", "dialogId": "d", "event": said, **who}


EXAMPLES = [
    (
        {
            "type": "ms.MessagingEventNotification",
            "body": {"changes": [event("ContentEvent", "Hi"), event("ChatStateEvent", "")]},
        },
        ("c", "agent", "Hi"),
    ),
    (
        {
            "events": [
                {
                    "type": "conversation:message",
                    "payload": {
                        "conversation": {"id": "c"},
                        "message": {
                            "id": "m",
                            "received": "2025-03-01T10:00:00Z",
                            "author": {"type": "user", "userId": "u"},
                            "content": {"type": "text", "text": "Hi"},
                        },
                    },
                }
            ]
        },
        ("c", "customer", "Hi"),
    ),
    (
        {
            "type": "TRANSCRIPT",
            "detail": {
                "callId": "c",
                "clientSentTimestamp": 1_740_823_200_000,
                "content": {"text": "Hi"},
                "sender": {"role": "VirtualAgent"},
            },
        },
        ("c", "bot", "Hi"),
    ),
    (
        {
            "kind": "TranscriptionData",
            "transcriptionData": {"text": "Hi", "participantRawID": "4:+1555", "resultStatus": "Final"},
        },
        ("mine", "customer", "Hi"),
    ),
]


@pytest.mark.parametrize(("payload", "expected"), EXAMPLES, ids=["liveperson", "sunshine", "salesforce", "azure"])
def test_the_mappings_on_the_page_map(payload, expected, tmp_path):
    page = (PAGES / "generic.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    more = {"conversation": "mine"} if "kind" in payload else {}
    (turn,) = turns("generic", payload, loaded(block, tmp_path), **more)
    assert (turn.conversation_id, turn.role, turn.text) == expected
