"""Trained heads in floats, between torch, which made them, and the graph that serves them."""

from msgspec import Struct

from warmline.training.targets import Floats


class Fitted(Struct, frozen=True):
    """Heads for features as the encoder gives them.

    Attributes:
        weight: Features by outputs and gist: what a text is heard as, before the words' own weights.
        bias: Outputs and gist.
        bag: Word pieces and hashed pairs by outputs.
        first: Context taken by hidden units; see `models.context_network`.
        first_bias: Hidden units.
        second: Hidden units by outputs.
        second_bias: Outputs.
        direct: What the gists of the two turns before add directly: 2 x GIST + 2 by outputs.
    """

    weight: Floats
    bias: Floats
    bag: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    direct: Floats
