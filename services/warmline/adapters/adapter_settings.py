"""The settings file of the adapters: what payloads do not tell and only the contact centre knows."""

from pathlib import Path
from typing import Annotated, Any, Literal

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from msgspec import Meta, Struct

from warmline.contracts.labels import Role
from warmline.plain_yaml import PlainYamlError, load_plain_yaml

Expression = Annotated[str, Meta(min_length=1, max_length=4096)]
"""A JMESPath expression over `item`, `root` and `index`."""


MEDIA_CHANNELS: dict[str, Role] = {"1": "customer", "2": "agent"}
"""Who is on which channel of a Twilio recording where nobody says so: its recordings begin with the customer."""


class AdapterSettingsError(ValueError):
    """The settings file is wrong; the message says where."""


class TwilioSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Twilio does not tell.

    Attributes:
        inbound_track: Who is heard on the inbound track where no label and no client address says so.
        outbound_track: Who is heard on the outbound track.
        authors: Roles of Conversations authors or participant SIDs.
        identity: The role of an author who is an SDK identity and not named in `authors`.
        media_channels: Roles of the channels of a Conversational Intelligence transcript.
    """

    inbound_track: Role = "customer"
    outbound_track: Role = "agent"
    authors: dict[str, Role] = {}
    identity: Role = "agent"
    media_channels: dict[str, Role] = msgspec.field(default_factory=lambda: dict(MEDIA_CHANNELS))


class GenesysSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Genesys Cloud does not tell.

    Attributes:
        internal: Who is heard on the internal channel: people, or a bot flow.
    """

    internal: Role = "agent"


class GoogleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Google does not tell.

    Attributes:
        channels: Roles of the audio channels of Insights, for segments without a participant.
    """

    channels: dict[str, Role] = {}


class VconSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a vCon does not tell.

    Attributes:
        parties: Roles of parties by uuid, mailto, tel, id or name, where the file gives none.
        guess: Without a role, take who began the dialog for the customer and the others for agents (the other way
            round where the direction is out). False: such parties have the default role.
    """

    parties: dict[str, Role] = {}
    guess: bool = True


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one in-house format becomes turns, by JMESPath expressions over `item`, `root` and `index`.

    Attributes:
        name: What to call it in reports.
        when: Whether a payload is of this format (over `root` alone); without it every payload is.
        items: The turns in the payload (over `root` alone); without it the payload is one turn.
        take: Whether an item is a turn; what is not is reported.
        conversation_id: The conversation.
        text: The words.
        role: The vendor's word for who speaks.
        roles: Roles of the vendor's words that Warmline does not know by itself.
        turn_id: The turn; without it one is derived.
        participant_id: The speaker; hashed where `address` is set.
        address: True where participant_id is a telephone number or the like that must not go out.
        spoken_at: When it was said.
        started_at: The start that `spoken_at` counts from, where it is an offset.
        unit: Of numbers in both.
        language: BCP 47 tag.
        final: A boolean; absent is true.
        confidence: 0..1.
        channel: Channel, as an expression; a constant is written 'voice' in quotes.
        queue: Queue.
        vendor: Names and expressions of what to keep in the turn's `vendor` field.
        started: Whether the payload is the start of the conversation (over `root` alone).
        ended: Whether it is the end.
    """

    name: str
    conversation_id: Expression
    text: Expression
    role: Expression
    when: Expression | None = None
    items: Expression | None = None
    take: Expression | None = None
    roles: dict[str, Role] = {}
    turn_id: Expression | None = None
    participant_id: Expression | None = None
    address: bool = False
    spoken_at: Expression | None = None
    started_at: Expression | None = None
    unit: Literal["s", "ms", "us", "ns", "ticks"] = "ms"
    language: Expression | None = None
    final: Expression | None = None
    confidence: Expression | None = None
    channel: Expression | None = None
    queue: Expression | None = None
    vendor: dict[str, Expression] = {}
    started: Expression | None = None
    ended: Expression | None = None


class AdapterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it; every part has a default.

    Attributes:
        default_role: The role of a turn whose speaker nobody can tell. `system` is never scored.
        twilio: See there.
        genesys: See there.
        google: See there.
        vcon: See there.
        generic: Mappings of in-house formats; the first that applies to a payload maps it.
    """

    default_role: Role = "system"
    twilio: TwilioSettings = TwilioSettings()
    genesys: GenesysSettings = GenesysSettings()
    google: GoogleSettings = GoogleSettings()
    vcon: VconSettings = VconSettings()
    generic: tuple[Mapping, ...] = ()


def load_adapter_settings(file: Path) -> AdapterSettings:
    """Return the settings of a YAML file.

    Raises:
        AdapterSettingsError: It is not YAML, not these settings, or holds an expression that is no JMESPath.
        OSError: It cannot be read.
    """
    try:
        tree = load_plain_yaml(file.read_bytes())
        settings = msgspec.convert({} if tree is None else tree, AdapterSettings)
    except (PlainYamlError, msgspec.ValidationError) as error:
        raise AdapterSettingsError(f"{file}: {error}") from error
    for mapping in settings.generic:
        for field, expression in expressions_of(mapping):
            try:
                jmespath.compile(expression)
            except JMESPathError as error:
                raise AdapterSettingsError(f"{file}: {mapping.name}.{field}: {error}") from error
            except RecursionError as error:
                raise AdapterSettingsError(f"{file}: {mapping.name}.{field}: nested too deeply") from error
    return settings


def expressions_of(mapping: Mapping) -> list[tuple[str, str]]:
    """Return the names and the texts of all expressions of a mapping."""
    plain = {"name", "roles", "unit", "address", "vendor"}
    fields: dict[str, Any] = {name: getattr(mapping, name) for name in mapping.__struct_fields__ if name not in plain}
    fields |= {f"vendor.{name}": expression for name, expression in mapping.vendor.items()}
    return [(name, expression) for name, expression in fields.items() if expression is not None]
