"""Whether a folder of data may be used for what comes out of training: its licence is read, not assumed."""

from pathlib import Path

NOTE = "LICENSE-NOTE.txt"

LICENCES = {
    "goemotions": "Apache-2.0",
    "maia_dqe": "CC BY-ND 4.0",
    "convabuse": "CC BY 4.0",
    "politeness": "CC BY 4.0",
    "bitext": "CDLA-Sharing-1.0",
    "vader_groundtruth": "MIT",
    "multidogo": "CDLA-Permissive-1.0",
    "ibm_customer_care_tweets": "Apache-2.0",
    "call_transcripts": "MIT",
}
"""Each collection and the licence it was looked through under. All let weights be trained and given away; MAIA's
ND and bitext's share-alike bind copies of the texts, of which the weights' folder holds none."""


class LicenceError(ValueError):
    """A folder's licence is not the one it was looked through under."""


def licensed(root: Path, collection: str) -> bool:
    """Say whether a collection is at hand, under the licence it is known by.

    Args:
        root: The folder that holds the collections.
        collection: A key of LICENCES.

    Raises:
        LicenceError: Its folder has no licence note, or the note names another licence.
    """
    folder = root / collection
    if not folder.is_dir():
        return False
    note = folder / NOTE
    if not note.exists():
        raise LicenceError(f"{folder} has no {NOTE}: say there which licence it came under")
    if LICENCES[collection].lower() not in note.read_text(encoding="utf-8").lower():
        raise LicenceError(
            f"{note} does not name {LICENCES[collection]}, the licence {collection} was looked through under"
        )
    return True
